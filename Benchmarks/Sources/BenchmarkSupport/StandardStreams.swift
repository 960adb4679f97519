import NIOPosix

#if canImport(Glibc)
  import Glibc
#endif

/// Prints a line at once, also into a file.
package func say(_ line: String) {
  print(line)
  fflush(nil)
}

/// The lines of standard input. Each is waited for on a thread of its own.
package func standardInput() -> AsyncStream<String> {
  AsyncStream { try? await NIOThreadPool.singleton.runIfActive { readLine() } }
}
