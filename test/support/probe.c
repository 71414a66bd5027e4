/*
 * A child for the master under test: well-mannered or nasty, as its arguments say.
 *
 * Words that start with '@' are carried out in order before it serves; everything else on the
 * command line is left alone, because the master puts its own options there. A client of a serving
 * probe gives commands, one a line, and gets one line back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLOW_READ = 3, FLOW_WRITE = 4, STATUS = 5, FIRST_LISTENER = 6, MAX_LISTENERS = 16 };

static unsigned generation;
static int reports = 1;            /* tell the master "taken" and "idle" */
static int serves_forever_left = -1; /* clients until it leaves; -1 is no limit */
static const char *trigger_journal;
static const char *transport = "";
static const char *stress = "-"; /* the word that begins with "stress=" */

static void write_record(int32_t pid, uint32_t gen, int32_t status) {
  int32_t record[3];
  record[0] = pid;
  record[1] = (int32_t)gen;
  record[2] = status;
  if (write(STATUS, record, sizeof record) < 0) return; /* the master may be gone */
}

static void report(int status) {
  if (reports) write_record(getpid(), generation, status);
}

static void append_line(const char *path, const char *format, ...) {
  char line[4096];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  line[length++] = '\n';
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0 || write(fd, line, (size_t)length) != length) _exit(99);
  close(fd);
}

static int count_lines(const char *path) {
  int lines = 0, c;
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  while ((c = getc(file)) != EOF) lines += c == '\n';
  fclose(file);
  return lines;
}

static void die_by(int signal_number) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(signal_number, SIG_DFL);
  kill(getpid(), signal_number);
  for (;;) pause();
}

static void write_hex(int fd, const char *hex) {
  unsigned char bytes[4096];
  size_t length = 0;
  unsigned value;
  for (; hex[0] && hex[1] && length < sizeof bytes && sscanf(hex, "%2x", &value) == 1; hex += 2)
    bytes[length++] = (unsigned char)value;
  if (write(fd, bytes, length) < 0) return;
}

/* An empty message: only a channel that keeps messages apart delivers it. */
static void send_empty(void) {
  if (send(STATUS, "", 0, MSG_NOSIGNAL) < 0) return;
}

/* Descriptors that nobody asked for, with a record or a line they belong to. */
static void send_descriptors(int fd, int count) {
  for (int i = 0; i < count; i++) {
    char byte = '\n', space[CMSG_SPACE(sizeof(int))];
    int gift = FLOW_READ;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof gift);
    memcpy(CMSG_DATA(header), &gift, sizeof gift);
    if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0) return;
  }
}

static void flood_status(long records) {
  for (long i = 0; i < records; i++) write_record(0x7ffffff0, 0xffffffffu, 7);
}

/* Writes lines of 64 bytes until so many bytes were offered; a refused line counts as offered. */
static long flood_stderr(long bytes) {
  char line[64];
  long written = 0;
  memset(line, 'x', sizeof line);
  line[63] = '\n';
  for (long offered = 0; offered < bytes; offered += 64)
    if (write(2, line, sizeof line) > 0) written += 64;
  return written;
}

static void await_end_of_file(void) {
  char byte;
  struct pollfd status = {STATUS, POLLIN, 0};
  for (;;) {
    if (poll(&status, 1, -1) < 0) continue;
    if (recv(STATUS, &byte, 1, MSG_DONTWAIT) == 0) return;
  }
}

/* A grandchild whose parent is gone: it belongs to process 1, and ends at once. */
static void leave_orphan(void) {
  pid_t parent = fork();
  if (parent == 0) {
    if (fork() == 0) {
      usleep(50 * 1000); /* until the parent is gone for sure */
      _exit(3);
    }
    _exit(0);
  }
  waitpid(parent, NULL, 0);
}

static void leave_now(int signal_number) {
  _exit(signal_number == SIGUSR1 ? 0 : 1);
}

static void sleep_forever(void) {
  for (;;) pause();
}

/* One journal line for a wakeup: who got it, the bytes in hexadecimal. */
static void note_trigger(const unsigned char *bytes, ssize_t length) {
  char hex[256] = "";
  for (ssize_t i = 0; i < length && i < 100; i++) sprintf(hex + 2 * i, "%02x", bytes[i]);
  if (trigger_journal) append_line(trigger_journal, "%d %s", (int)getpid(), hex);
}

static void carry_out(const char *command, const char *value, FILE *reply, int listener) {
  if (!strcmp(command, "pid")) fprintf(reply, "%d", (int)getpid());
  else if (!strcmp(command, "generation")) fprintf(reply, "%u", generation);
  else if (!strcmp(command, "listener")) fprintf(reply, "%d", listener);
  else if (!strcmp(command, "status")) write_record(getpid(), generation, atoi(value));
  else if (!strcmp(command, "record")) {
    int pid = 0, status = 0;
    unsigned gen = 0;
    sscanf(value, "%d %u %d", &pid, &gen, &status);
    write_record(pid, gen, status);
  } else if (!strcmp(command, "raw")) write_hex(STATUS, value);
  else if (!strcmp(command, "empty")) send_empty();
  else if (!strcmp(command, "descriptors")) send_descriptors(atoi(value), 20);
  else if (!strcmp(command, "flood")) flood_status(atol(value));
  else if (!strcmp(command, "exit")) _exit(atoi(value));
  else if (!strcmp(command, "signal")) die_by(atoi(value));
  else if (!strcmp(command, "stop")) raise(SIGSTOP);
  else if (!strcmp(command, "ignore-term")) signal(SIGTERM, SIG_IGN);
  else if (!strcmp(command, "leave-on-usr1")) signal(SIGUSR1, leave_now);
  else if (!strcmp(command, "orphan")) leave_orphan();
  else if (!strcmp(command, "wait-eof")) await_end_of_file();
  else if (!strcmp(command, "shutdown")) shutdown(STATUS, SHUT_RDWR);
  else if (!strcmp(command, "no-report")) reports = 0;
  else if (!strcmp(command, "stderr")) dprintf(2, "%s\n", value);
  else if (!strcmp(command, "stderr-part")) dprintf(2, "%s", value);
  else if (!strcmp(command, "stderr-flood")) fprintf(reply, "%ld", flood_stderr(atol(value)));
  else if (!strcmp(command, "take") || !strcmp(command, "produce")) {
    char tokens[65536] = "";
    size_t wanted = (size_t)atoi(value);
    ssize_t moved = command[0] == 't' ? read(FLOW_READ, tokens, wanted) : write(FLOW_WRITE, tokens, wanted);
    if (moved < 0) fprintf(reply, "%s", strerrorname_np(errno));
    else fprintf(reply, "%zd", moved);
  } else fprintf(reply, "unknown command");
}

static void serve_client(int client, int listener) {
  char line[16384];
  unsigned char first[1024];
  ssize_t peeked = recv(client, first, sizeof first, MSG_PEEK);
  if (peeked > 0 && first[0] == 'W') { /* a trigger looks like any other client (PRO-20) */
    peeked = recv(client, first, sizeof first, 0);
    note_trigger(first, peeked);
    close(client);
    return;
  }
  FILE *in = fdopen(client, "r");
  FILE *out = fdopen(fcntl(client, F_DUPFD_CLOEXEC, 0), "w");
  while (fgets(line, sizeof line, in) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char *value = strchr(line, ' ');
    if (value) *value++ = 0;
    carry_out(line, value ? value : "", out, listener);
    fputc('\n', out);
    if (fflush(out) != 0) break;
  }
  fclose(out);
  fclose(in);
}

static void serve_passed(int control) {
  char byte, space[CMSG_SPACE(sizeof(int))];
  unsigned char bytes[1024];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  if (recvmsg(control, &message, 0) == 1) {
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS) {
      int passed;
      memcpy(&passed, CMSG_DATA(header), sizeof passed);
      struct stat what;
      if (fstat(passed, &what) == 0 && S_ISFIFO(what.st_mode)) {
        ssize_t got = read(passed, bytes, sizeof bytes);
        note_trigger(bytes, got);
        close(passed);
      } else {
        close(control);
        serve_client(passed, -1);
        return;
      }
    }
  }
  close(control);
}

static void serve(void) {
  struct pollfd fds[1 + MAX_LISTENERS];
  nfds_t count = 1;
  fds[0] = (struct pollfd){STATUS, POLLIN, 0};
  for (int fd = FIRST_LISTENER; fd < FIRST_LISTENER + MAX_LISTENERS && fcntl(fd, F_GETFD) >= 0; fd++)
    fds[count++] = (struct pollfd){fd, POLLIN, 0};
  while (serves_forever_left != 0) {
    char byte;
    if (poll(fds, count, -1) < 0) continue;
    if (fds[0].revents && recv(STATUS, &byte, 1, MSG_DONTWAIT) == 0) return;
    for (nfds_t i = 1; i < count; i++) {
      if (!fds[i].revents) continue;
      unsigned char bytes[1024];
      int listener = fds[i].fd;
      if (!strcmp(transport, "fifo") || !strcmp(transport, "unix-dgram")) {
        ssize_t got = read(listener, bytes, sizeof bytes);
        if (got <= 0) continue;
        report(0);
        note_trigger(bytes, got);
        report(1);
        continue;
      }
      int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (client < 0) continue; /* a sibling was faster */
      report(0);
      if (!strcmp(transport, "pass")) serve_passed(client);
      else serve_client(client, listener);
      if (serves_forever_left > 0) serves_forever_left--;
      if (serves_forever_left != 0) report(1);
    }
  }
}

static void begin(char *word) {
  char *value = strchr(word, '=');
  if (value) *value++ = 0;
  else value = "";
  if (!strcmp(word, "journal")) append_line(value, "%d %u %s", (int)getpid(), generation, stress);
  else if (!strcmp(word, "fail-first")) { /* COUNT:FILE, exit 1 for the first COUNT starts */
    char *file = strchr(value, ':');
    *file++ = 0;
    append_line(file, "%d", (int)getpid());
    if (count_lines(file) <= atoi(value)) _exit(1);
  } else if (!strcmp(word, "triggers")) trigger_journal = value;
  else if (!strcmp(word, "clients")) serves_forever_left = atoi(value);
  else if (!strcmp(word, "quiet")) reports = 0;
  else if (!strcmp(word, "forever")) sleep_forever();
  else if (!strcmp(word, "serve")) serve(), _exit(atoi(value));
  else carry_out(word, value, stderr, -1);
}

int main(int argc, char **argv) {
  const char *text = getenv("GENERATION");
  generation = text ? (unsigned)strtoul(text, NULL, 8) : 0;
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], "-t")) {
      transport = argv[i + 1];
      break;
    }
  for (int i = 1; i < argc; i++)
    if (!strncmp(argv[i], "stress=", 7)) stress = argv[i];
  for (int i = 1; i < argc; i++)
    if (argv[i][0] == '@') begin(strdup(argv[i] + 1));
  return 0;
}
