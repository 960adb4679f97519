import SallyportProtos
import SallyportStore

extension JobState {
  /// - Throws: ``RequestError`` where no outcome is given.
  init(_ outcome: Sallyport_Worker_V1_AttemptOutcome) throws {
    switch outcome {
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    case .lost: self = .lost
    case .unspecified, .UNRECOGNIZED: throw RequestError("an attempt ends with an outcome")
    }
  }
}

extension Sallyport_Worker_V1_AttemptOutcome {
  init(_ state: JobState) {
    switch state {
    case .succeeded: self = .succeeded
    case .failed: self = .failed
    case .cancelled: self = .cancelled
    case .timedOut: self = .timedOut
    case .lost: self = .lost
    case .queued, .offered, .running: self = .unspecified
    }
  }
}
