import HTTPTypes
import NIOCore
import SallyportCore
import SallyportLedger
import SallyportRelay

/// Shows a signed job to the VCS agent at the far end of a sealed channel, before the first fetch.
struct GrantPresentation {
  /// Bytes of the agent's explanation.
  private static let maximumExplanation = 512

  let channel: any SealedChannel
  let job: JobID
  let ledger: any LedgerRecording

  /// - Throws: ``AttemptFailure`` where the agent does not accept the grant, or where that it does
  ///   cannot be recorded.
  func present(_ envelope: [UInt8]) async throws {
    if let refusal = try await refusal(of: envelope) {
      ledger.note(entry(.deny(reason: refusal)))
      throw AttemptFailure("the VCS agent does not accept the job's grant \(refusal)")
    }
    do throws(LedgerError) {
      try await ledger.append(entry(.allow()))
    } catch {
      throw AttemptFailure("nothing was fetched: the worker's ledger cannot record it: \(error)")
    }
  }

  private func entry(_ decision: LedgerDecision) -> LedgerGrant {
    LedgerGrant(peer: channel.peer.spiffeID, job: job, decision: decision)
  }

  /// - Returns: Status and explanation; nil where the agent accepts the grant.
  private func refusal(of envelope: [UInt8]) async throws -> String? {
    var head = HTTPRequest(
      method: .put, scheme: "https", authority: "git.sallyport", path: "/.sallyport/grant")
    head.headerFields[.contentType] = "application/vnd.dsse.envelope.v1+json"
    head.headerFields[.contentLength] = String(envelope.count)
    return try await channel.withExchange(
      head, requestBody: SinglePiece(ByteBuffer(bytes: envelope))
    ) { response, body in
      guard response.status.code != 204 else {
        // To its end: what is left early is reset, and the agent would record that.
        for try await _ in body {}
        return nil
      }
      var text: [UInt8] = []
      for try await piece in body {
        text += piece.readableBytesView.prefix(Self.maximumExplanation - text.count)
        if text.count == Self.maximumExplanation { break }
      }
      let line = String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      return "(\(response.status.code)): \(oneLine(line))"
    }
  }
}
