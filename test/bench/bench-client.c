/* The measuring side: what a stopwatch must not share with a garbage collector. Figures go to standard output, in
 * nanoseconds, one a line. Every wait is bounded: after 30 s without progress it exits 1.
 *
 *   cold PATH COUNT                 connect, wait for the child's answer and for the child's end; COUNT lines
 *   rate PATH TOTAL PARALLEL        TOTAL answers with PARALLEL clients waiting at any time; one line
 *   reload MASTER_PID PATH...       hold a child of every service, send HUP; 1st line: all have seen the end of their
 *                                   status channel, 2nd line: a new client of the last PATH was answered as well
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, MOST_CLIENTS = 256, QUIET_US = 2000 };

static void die(const char *what)
{
    fprintf(stderr, "bench-client: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int open_client(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        die(path);
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("connect");
    return fd;
}

static void wait_for(struct pollfd *fds, int count)
{
    int ready = poll(fds, count, PATIENCE_MS);
    if (ready == 0)
        errno = ETIMEDOUT;
    if (ready <= 0)
        die("waiting for an answer");
}

static int32_t read_answer(int fd)
{
    struct pollfd one = {fd, POLLIN, 0};
    int32_t pid;

    wait_for(&one, 1);
    if (read(fd, &pid, sizeof pid) != sizeof pid)
        die("no answer");
    return pid;
}

static void cold(const char *path, int count)
{
    while (count-- > 0) {
        int64_t start = now();
        int fd = open_client(path);
        int32_t pid = read_answer(fd);
        printf("%lld\n", (long long)(now() - start));
        close(fd);
        while (kill(pid, 0) == 0 && now() - start < PATIENCE_MS * 1000000ll)
            usleep(100);
        usleep(QUIET_US); /* the master has done its bookkeeping and sleeps again */
    }
}

static void rate(const char *path, int total, int parallel)
{
    struct pollfd clients[MOST_CLIENTS];
    int opened = 0, answered = 0;

    if (parallel > total)
        parallel = total;
    if (parallel > MOST_CLIENTS)
        die("too many clients");
    int64_t start = now();
    for (; opened < parallel; opened++)
        clients[opened] = (struct pollfd){open_client(path), POLLIN, 0};
    while (answered < total) {
        wait_for(clients, parallel);
        for (int i = 0; i < parallel; i++) {
            if (clients[i].fd < 0 || !clients[i].revents)
                continue;
            read_answer(clients[i].fd);
            close(clients[i].fd);
            answered++;
            clients[i].fd = opened < total ? open_client(path) : -1;
            opened += clients[i].fd >= 0;
        }
    }
    printf("%lld\n", (long long)(now() - start));
}

static void reload(pid_t master, char **paths, int count)
{
    int clients[MOST_CLIENTS];

    if (count > MOST_CLIENTS)
        die("too many services");
    for (int i = 0; i < count; i++) {
        clients[i] = open_client(paths[i]);
        read_answer(clients[i]);
    }
    int64_t start = now();
    if (kill(master, SIGHUP) < 0)
        die("kill");
    for (int i = 0; i < count; i++) {
        struct pollfd one = {clients[i], POLLIN, 0};
        wait_for(&one, 1);
        close(clients[i]);
    }
    printf("%lld\n", (long long)(now() - start));
    int again = open_client(paths[count - 1]);
    read_answer(again);
    printf("%lld\n", (long long)(now() - start));
    close(again);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "cold") == 0)
        cold(argv[2], atoi(argv[3]));
    else if (argc == 5 && strcmp(argv[1], "rate") == 0)
        rate(argv[2], atoi(argv[3]), atoi(argv[4]));
    else if (argc > 3 && strcmp(argv[1], "reload") == 0)
        reload(atoi(argv[2]), argv + 3, argc - 3);
    else
        return 2;
    return 0;
}
