internal import SallyportGitProtocol

/// What of a Git server's answer goes to the worker.
enum AnswerFilter: Sendable {
  case advertisement(AdvertisementFilter)
  /// Of `ls-refs`.
  case listing(LsRefsFilter)
  /// Of `fetch` in version 2.
  case fetch(FetchAnswerInspector)
  /// All of it: acknowledgements and a pack in version 0, which lead nowhere else.
  case passing

  var isPassing: Bool {
    switch self {
    case .passing: true
    case .fetch(let inspector): inspector.isPassingThrough
    case .advertisement, .listing: false
    }
  }

  /// Refs that went on, and those that did not; nil where the answer has none.
  var refs: RefCount? {
    switch self {
    case .advertisement(let filter):
      // Version 2 begins with what the server can do.
      filter.version == .v2 ? nil : filter.refs
    case .listing(let filter): filter.refs
    case .fetch, .passing: nil
    }
  }

  /// - Returns: What goes to the worker; its ids are in `shown` then.
  mutating func receive(
    _ piece: [UInt8], showing shown: inout ShownObjects
  ) throws(InvalidAnswer) -> [UInt8] {
    switch self {
    case .advertisement(var filter):
      // Taken out, so that there is one copy of it.
      self = .passing
      defer { self = .advertisement(filter) }
      return try filter.receive(piece, showing: &shown)
    case .listing(var filter):
      self = .passing
      defer { self = .listing(filter) }
      return try filter.receive(piece, showing: &shown)
    case .fetch(var inspector):
      self = .passing
      defer { self = .fetch(inspector) }
      return try inspector.receive(piece)
    case .passing: return piece
    }
  }

  mutating func finish() throws(InvalidAnswer) {
    switch self {
    case .advertisement(var filter): try filter.finish()
    case .listing(var filter): try filter.finish()
    case .fetch(var inspector): try inspector.finish()
    case .passing: break
    }
  }
}
