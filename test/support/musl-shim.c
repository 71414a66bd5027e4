/*
 * What Debian's libstdc++ and libgcc_s expect of glibc and musl does not have. With it a binary
 * for musl runs on Debian's own musl loader, for which there is no libstdc++ package.
 */
#include <locale.h>
#include <stddef.h>
#include <time.h>

char __libc_single_threaded = 0;
struct {
    unsigned int words[4];
} __cpu_model;

int __cpu_indicator_init(void) { return 0; }

/* "Not found" sends the unwinder to dl_iterate_phdr, which musl has. */
int _dl_find_object(void *address, void *result) {
    (void)address;
    (void)result;
    return -1;
}

/* Only asked for a hash seed. */
unsigned int arc4random(void) { return 4; }

int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *library) {
    (void)function;
    (void)object;
    (void)library;
    return 0;
}

size_t __strftime_l(char *text, size_t size, const char *format, const struct tm *time, locale_t locale) {
    (void)locale;
    return strftime(text, size, format, time);
}
