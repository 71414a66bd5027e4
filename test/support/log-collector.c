/* Binds a datagram socket, appends every message to a file with a newline: a log daemon for tests. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char message[65536];
  if (argc != 3) return 64;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int in = socket(AF_UNIX, SOCK_DGRAM, 0);
  int out = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (in < 0 || out < 0 || bind(in, (struct sockaddr *)&address, sizeof address) < 0) {
    perror(argv[1]);
    return 1;
  }
  chmod(argv[1], 0666);
  for (;;) {
    ssize_t length = recv(in, message, sizeof message - 1, 0);
    if (length < 0) return 1;
    message[length] = '\n';
    if (write(out, message, (size_t)length + 1) < 0) return 1;
  }
}
