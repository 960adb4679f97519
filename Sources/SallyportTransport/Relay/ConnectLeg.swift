import HTTPTypes
import SallyportRelay

/// A CONNECT that reached this server, as the task that decides about it sees it.
final class ConnectLeg: RelayLeg {
  let authority: String
  let headers: HTTPFields
  let context: PeerContext
  let stream: LoopReference<ConnectStream>
  /// Set when the stream was reset or its connection lost.
  let lost = Outcome<Void>()

  init(
    authority: String, headers: HTTPFields, context: PeerContext,
    stream: LoopReference<ConnectStream>
  ) {
    self.authority = authority
    self.headers = headers
    self.context = context
    self.stream = stream
  }

  func refuse(_ refusal: RelayRefusal) { stream.run { $0.refuse(refusal) } }

  func splice(to agentLeg: any RelayLeg, meter: RelayMeter) async throws {
    guard let agentLeg = agentLeg as? ConnectLeg else {
      throw RelayError(
        code: .cancelled, message: "a leg can only be spliced to a leg of the same transport")
    }
    let splice = Splice(worker: stream, agent: agentLeg.stream, meter: meter)
    try await withTaskCancellationHandler {
      splice.start()
      if let error = await splice.ended.waitThroughCancellation() ?? nil { throw error }
    } onCancel: {
      splice.abort(RelayError(code: .cancelled, message: "the relay was cancelled"))
    }
  }
}
