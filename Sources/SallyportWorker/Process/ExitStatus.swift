/// How a command ended, exactly as `waitpid` told it.
package enum ExitStatus: Hashable, Sendable {
  case exited(code: Int32)
  case signalled(Int32)

  /// Decodes the status word of `waitpid` (POSIX leaves its layout open; this is Linux's). Nil for
  /// a process that has only stopped or continued.
  package init?(waitStatus status: Int32) {
    let low = status & 0x7F
    switch low {
    case 0: self = .exited(code: (status >> 8) & 0xFF)
    case 0x7F: return nil
    default: self = .signalled(low)
    }
  }
}

extension ExitStatus: CustomStringConvertible {
  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signalled(let number): "signal \(number)"
    }
  }
}
