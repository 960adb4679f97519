import Glibc
internal import SallyportBytes
package import SallyportConfig
import SallyportCore

/// Where a value comes from that must not be an argument: everybody on the host can read those.
package enum ValueInput {
  /// Reads standard input to its end, byte for byte; on a terminal, asks for one line without echo.
  ///
  /// - Parameter maximum: Bytes; one more is read, so that what is too long is not cut.
  /// - Throws: ``ErrorReport``.
  package static func standardInput(
    _ prompt: String, maximum: Int
  ) throws(ErrorReport) -> [UInt8] {
    guard isatty(STDIN_FILENO) == 1 else { return try read(STDIN_FILENO, maximum: maximum) }
    return try withoutEcho { () throws(ErrorReport) in
      write("\(prompt): ")
      let line = try read(STDIN_FILENO, maximum: maximum, until: [lineEnd, interrupt])
      write("\n")
      guard line.last != interrupt else {
        throw ErrorReport("interrupted", exitCode: SallyportCore.ExitCode.failure)
      }
      return line.last == lineEnd ? Array(line.dropLast()) : line
    }
  }

  /// A file, byte for byte.
  package static func file(_ path: String, maximum: Int) throws(ErrorReport) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open \(path)", errno) }
    defer { close(descriptor) }
    return try read(descriptor, maximum: maximum)
  }

  private static func read(
    _ descriptor: Int32, maximum: Int, until ends: [UInt8] = []
  ) throws(ErrorReport) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    defer { buffer.wipe() }
    while bytes.count <= maximum {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read the value", errno) }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
      if let last = bytes.last, ends.contains(last) { return bytes }
    }
    throw ErrorReport(
      "the value has more than \(maximum) bytes", exitCode: SallyportCore.ExitCode.dataError)
  }

  private static let lineEnd = UInt8(ascii: "\n")
  /// What Ctrl-C types.
  private static let interrupt: UInt8 = 3

  /// Ctrl-C ends the line instead of the process, which would leave the terminal without its echo.
  private static func withoutEcho(
    _ body: () throws(ErrorReport) -> [UInt8]
  ) throws(ErrorReport) -> [UInt8] {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else {
      throw failure("cannot ask for the value", errno)
    }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
    withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VEOL)] = interrupt }
    guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
      throw failure("cannot ask for the value", errno)
    }
    defer { _ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
    return try body()
  }

  private static func write(_ text: String) {
    var bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, &bytes, bytes.count)
  }

  private static func failure(_ what: String, _ code: Int32) -> ErrorReport {
    ErrorReport(
      "\(what): \(String(cString: strerror(code)))", exitCode: SallyportCore.ExitCode.dataError)
  }
}
