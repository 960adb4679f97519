/// What a supervisor tells the worker.
package enum SupervisorReport: Hashable, Sendable {
  /// The command runs.
  case started(ProcessIdentity)
  /// The command never ran: `errno`, and what it was about.
  case notStarted(number: Int32, subject: String)
  /// The command and all its descendants are gone. `status` is nil where the command never ran;
  /// `stopped` is set where the supervisor ended the job before it ended by itself; `survivors`
  /// counts processes that could not be killed (stuck in the kernel).
  case ended(status: ExitStatus?, stopped: StopReason?, survivors: UInt32)

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .started(let process):
      writer.write(UInt8(1))
      writer.write(process.pid)
      writer.write(process.startTime)
    case .notStarted(let number, let subject):
      writer.write(UInt8(2))
      writer.write(number)
      writer.write(subject)
    case .ended(let status, let stopped, let survivors):
      writer.write(UInt8(3))
      switch status {
      case nil: writer.write([UInt8](repeating: 0, count: 0))
      case .exited(let code):
        writer.write([UInt8(1)])
        writer.write(code)
      case .signalled(let signal):
        writer.write([UInt8(2)])
        writer.write(signal)
      }
      writer.write(stopped?.rawValue ?? 0)
      writer.write(survivors)
    }
    return writer.bytes
  }

  init?(decoding bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    switch reader.integer(UInt8.self) {
    case 1:
      guard let pid = reader.integer(Int32.self), let startTime = reader.integer(UInt64.self)
      else { return nil }
      self = .started(ProcessIdentity(pid: pid, startTime: startTime))
    case 2:
      guard let number = reader.integer(Int32.self), let subject = reader.string() else {
        return nil
      }
      self = .notStarted(number: number, subject: subject)
    case 3:
      var status: ExitStatus?
      switch reader.data() {
      case []: status = nil
      case [1]: status = reader.integer(Int32.self).map(ExitStatus.exited(code:))
      case [2]: status = reader.integer(Int32.self).map(ExitStatus.signalled)
      default: return nil
      }
      guard let stopped = reader.integer(UInt8.self), let survivors = reader.integer(UInt32.self),
        stopped == 0 || StopReason(rawValue: stopped) != nil
      else { return nil }
      self = .ended(
        status: status, stopped: StopReason(rawValue: stopped), survivors: survivors)
    default: return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}
