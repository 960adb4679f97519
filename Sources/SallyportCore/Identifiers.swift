internal import SallyportBytes

/// A random 128-bit identifier, written as 32 lower-case hexadecimal digits.
///
/// Ids are drawn from the system's cryptographic generator, so that they can neither be guessed
/// nor collide between gateway replicas.
package protocol RandomIdentifier: Hashable, Sendable, CustomStringConvertible, Comparable {
  var rawValue: String { get }
  init(unchecked: String)
}

extension RandomIdentifier {
  /// A new identifier.
  package static func random() -> Self {
    Self(unchecked: hexadecimalDigits(randomBytes(count: 16)))
  }

  /// Nil where the text is not 32 lower-case hexadecimal digits.
  package init?(_ text: some StringProtocol) {
    guard text.isHexadecimal(digits: 32) else { return nil }
    self.init(unchecked: String(text))
  }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Names a job.
package struct JobID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a worker.
package struct WorkerID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a VCS agent.
package struct AgentID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a session: one `Session` stream on one connection.
package struct SessionID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names a relay.
package struct RelayID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names an enrollment token; not the token itself.
package struct TokenID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names one transport connection within its process.
package struct ConnectionID: RandomIdentifier {
  package let rawValue: String
  package init(unchecked: String) { rawValue = unchecked }
}

/// Names one attempt of a job. The epoch is the attempt's number, from 1, and its fencing token.
package struct AttemptID: Hashable, Sendable, CustomStringConvertible {
  package let job: JobID
  package let epoch: UInt64

  package init(job: JobID, epoch: UInt64) {
    self.job = job
    self.epoch = epoch
  }

  package var description: String { "\(job)/\(epoch)" }
}
