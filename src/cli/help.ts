/** What `pfmaster --help` prints: every role of the binary, the options of the master included. */
import { version } from "../protocol/version.ts";

export const helpText = `pfmaster ${version}: the process master of a mail system, in place of Postfix master(8)

For people:
  pfmaster check  [-c dir] [--json]               report every mistake in main.cf and master.cf
  pfmaster config [-c dir] [-d] [-n] [-x] [-h] [name...]
                                                  print parameters, as postconf(1) does
  pfmaster config [-c dir] -M                     print the services of master.cf
  pfmaster status [-c dir] [-q]                   does a master run? The recommended health check:
                                                  0 running, 1 dead with a stale pid file,
                                                  3 not running, 4 cannot tell
  pfmaster demo   [dir]                           run a small example in the foreground
  pfmaster new    NAME                            write a service file, its test and its types
  pfmaster test   FILE                            run the tests of a service
  pfmaster dev    FILE [-t host:port|path]        run a service, again when its file changes
  pfmaster VERB --help, pfmaster --version, pfmaster --help

As the master, with the options of master(8):
  pfmaster [-Ddistvw] [-c dir] [-e seconds]
  -c dir      directory of main.cf and master.cf, instead of MAIL_CONFIG or /etc/postfix
  -D          run debugger_command on the master after start-up
  -d          do not detach: keep the terminal and its standard streams; so do the children
  -e seconds  end after this time
  -i          run as process 1 of a container; keeps standard output
  -s          keep standard output open
  -t          test whether a master runs, with Postfix's meaning:
              exit 0 = NOT running, 1 = running or any error. For a health check use "status".
  -v          log more; may be repeated
  -w          wait until the master is ready, or tell why it is not
  TERM stops it, HUP makes it read its files again.

As a multi-server child, started by a master: pfmaster -t inet|unix [-n name] ...
`;
