internal import HTTPTypes
internal import NIOCore
internal import SallyportCore
internal import SallyportSigning
internal import Synchronization

/// The grant of one sealed channel: shown once, before the first fetch, and held to the end.
final class GrantDesk: Sendable {
  static let path = "/.sallyport/grant"

  private enum State: Sendable {
    case open
    /// A grant is being verified.
    case busy
    /// Shown; nil where grants are not looked at.
    case shown(SignedJob?)
  }

  private let rules: GrantRules
  private let state = Mutex(State.open)

  init(_ rules: GrantRules) { self.rules = rules }

  /// Takes the signed job that a worker shows.
  ///
  /// - Throws: ``RequestRefusal``, and what the body throws.
  func present(_ request: HTTPRequest, body: MeteredBody) async throws -> SignedJob? {
    guard request.method == .put else { throw RequestRefusal(.method, "grant") }
    let isFirst = state.withLock { state in
      guard case .open = state else { return false }
      state = .busy
      return true
    }
    guard isFirst else { throw RequestRefusal(.grant, "a channel has one grant") }
    var envelope: [UInt8] = []
    for try await piece in body {
      guard envelope.count + piece.readableBytes <= DSSEEnvelope.maximumLength else {
        throw RequestRefusal(.tooLarge, "grant")
      }
      envelope += piece.readableBytesView
    }
    do {
      let job = try await rules.verify(envelope)
      state.withLock { $0 = .shown(job) }
      return job
    } catch let error as SignedJobError {
      throw RequestRefusal(.grant, error.message)
    }
  }

  /// The grant under which a repository is served; nil where none is needed, and none was shown.
  ///
  /// - Throws: ``RequestRefusal``.
  func grant(for repository: RepositoryName) throws(RequestRefusal) -> SignedJob? {
    guard case .shown(let job?) = state.withLock({ $0 }) else {
      guard !rules.isRequired else {
        throw RequestRefusal(.grant, "no signed job was shown on this channel")
      }
      return nil
    }
    guard GrantRules.now() < job.statement.expires else {
      throw RequestRefusal(.grant, "the job's signature expired at \(job.statement.expires)")
    }
    guard job.statement.checkout?.repository == repository else {
      throw RequestRefusal(.notAllowed, "the grant is for another repository")
    }
    return job
  }
}
