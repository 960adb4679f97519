/// Why the worker ends a session.
package struct SessionViolation: Error, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    case noWelcome, secondWelcome, externalID, silent, flooded
  }

  package let code: Code

  init(_ code: Code) { self.code = code }

  package var description: String {
    switch code {
    case .noWelcome: "the gateway spoke before its Welcome"
    case .secondWelcome: "the gateway sent a second Welcome"
    case .externalID:
      "the gateway's external id is not the one pinned at enrollment: this worker takes no jobs "
        + "from it; find out why, then enroll again"
    case .silent: "the gateway answered neither of two pings"
    case .flooded: "the gateway does not read what this worker sends"
    }
  }
}
