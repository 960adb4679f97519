import HTTPTypes
import SallyportCore
import SallyportRelay
import Synchronization

/// A CONNECT stream that exists in the test only.
final class LegDouble: RelayLeg {
  enum Answer: Sendable, Hashable {
    case refused(RelayRefusal)
    case spliced
  }

  let authority: String
  let headers: HTTPFields
  let context: PeerContext
  private let isLost: Bool
  private let answers: AsyncStream<Answer>
  private let answerSource: AsyncStream<Answer>.Continuation
  private let isAnswered = Mutex(false)
  /// Ends a splice as if both sides had half-closed.
  private let done: AsyncStream<Void>
  private let doneSource: AsyncStream<Void>.Continuation

  /// - Parameter isLost: Its connection is gone; nobody has noticed yet.
  init(
    authority: String, headers: HTTPFields = [:], context: PeerContext, isLost: Bool = false
  ) {
    self.isLost = isLost
    self.authority = authority
    self.headers = headers
    self.context = context
    (answers, answerSource) = AsyncStream.makeStream()
    (done, doneSource) = AsyncStream.makeStream()
  }

  convenience init(
    worker: PeerContext, pool: String = TestGateway.vcsPool, job: String, epoch: String
  ) {
    var headers = HTTPFields()
    if let name = HTTPField.Name("sallyport-job") { headers[name] = job }
    if let name = HTTPField.Name("sallyport-epoch") { headers[name] = epoch }
    self.init(authority: "\(pool).vcs.sallyport", headers: headers, context: worker)
  }

  func refuse(_ refusal: RelayRefusal) { answer(.refused(refusal)) }

  func splice(to agentLeg: any RelayLeg, meter: RelayMeter) async throws {
    guard let agentLeg = agentLeg as? LegDouble else { return }
    if agentLeg.isLost {
      throw RelayError(code: .connectionLost, message: "the connection was lost")
    }
    meter.addToWorker(1_000)
    meter.addToAgent(10)
    answer(.spliced)
    agentLeg.answer(.spliced)
    for await _ in done {}
    if Task.isCancelled {
      throw RelayError(code: .cancelled, message: "the relay was cut")
    }
  }

  func finish() { doneSource.finish() }

  var answer: Answer? {
    get async {
      for await answer in answers { return answer }
      return nil
    }
  }

  private func answer(_ answer: Answer) {
    let isFirst = isAnswered.withLock { isAnswered in
      defer { isAnswered = true }
      return !isAnswered
    }
    if isFirst { answerSource.yield(answer) }
  }
}
