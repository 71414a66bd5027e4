/* The smallest child of a master: so little that what is measured is the master.
 * The last word of the command line says what it does with its one client (listener 6, status channel 5):
 *   answer   accept, send our pid, exit 0 without a status record
 *   once     accept, say "taken", send our pid, exit 0
 *   hold     accept, say "taken", send our pid, stay until the client or the master's channel ends
 */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STATUS_FD = 5, LISTENER_FD = 6, TAKEN = 0 };

static void say_taken(int32_t pid)
{
    const char *generation = getenv("GENERATION");
    struct { int32_t pid; uint32_t generation; int32_t status; } record = {
        pid, generation ? (uint32_t)strtoul(generation, 0, 8) : 0, TAKEN,
    };
    if (write(STATUS_FD, &record, sizeof record) != sizeof record)
        _exit(2);
}

int main(int argc, char **argv)
{
    const char *mode = argv[argc - 1];
    int32_t pid = getpid();
    struct pollfd ready[2] = {{LISTENER_FD, POLLIN, 0}, {STATUS_FD, POLLIN, 0}};

    if (poll(ready, 2, -1) < 0 || !(ready[0].revents & POLLIN))
        return 0; /* the master wants us to leave */
    int client = accept(LISTENER_FD, 0, 0);
    if (client < 0)
        return 0; /* a sibling was faster */
    if (strcmp(mode, "answer") != 0)
        say_taken(pid);
    if (write(client, &pid, sizeof pid) != sizeof pid)
        return 0; /* the client is gone */
    if (strcmp(mode, "hold") == 0) {
        struct pollfd end[2] = {{client, POLLIN, 0}, {STATUS_FD, POLLIN, 0}};
        poll(end, 2, -1);
    }
    return 0;
}
