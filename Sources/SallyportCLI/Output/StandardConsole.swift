import Glibc

/// The console of the process.
package struct StandardConsole: Console {
  package init() {}

  @MainActor package func write(_ bytes: [UInt8], to stream: ConsoleStream) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor(stream), $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Someone else made the shared terminal non-blocking.
        var poll = pollfd(fd: descriptor(stream), events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, -1)
      } else if errno != EINTR {
        throw OutputClosed()
      }
    }
  }

  package func isTerminal(_ stream: ConsoleStream) -> Bool { isatty(descriptor(stream)) == 1 }

  private func descriptor(_ stream: ConsoleStream) -> Int32 {
    switch stream {
    case .output: STDOUT_FILENO
    case .error: STDERR_FILENO
    }
  }
}
