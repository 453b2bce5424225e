// winspool-worker: started by the daemon for one request about foreign files, and gone after the answer. Not for use by hand.
#include "server/worker/worker.h"

#include <unistd.h>

// Sanitizer builds: the leak check would need system calls that the sandbox refuses.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

int main() {
    server::worker::prepare_process();
    const auto request = server::worker::receive_request(STDIN_FILENO);
    if (!request) return 2;
    return server::worker::send_reply(STDOUT_FILENO, server::worker::serve(*request)) ? 0 : 1;
}
