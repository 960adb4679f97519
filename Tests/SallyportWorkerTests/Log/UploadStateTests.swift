import Testing

@testable import SallyportWorker

struct UploadStateTests {
  private func streaming(from offset: UInt64 = 0, length: UInt64 = 10 << 20) -> UploadState {
    var state = UploadState()
    state.sentProbe()
    #expect(state.acknowledged(offset, length: length) == .progress)
    return state
  }

  @Test func aStreamAsksFirst() {
    var state = UploadState()
    #expect(state.step(length: 100, isSealed: false) == .probe)
    state.sentProbe()
    #expect(state.step(length: 100, isSealed: false) == .wait)
    #expect(state.acknowledged(60, length: 100) == .progress)
    #expect(
      state.step(length: 100, isSealed: false)
        == .send(offset: 60, maximum: UploadState.maximumChunk))
  }

  @Test func atMostOneMebibyteIsUnacknowledged() {
    var state = streaming()
    var unacknowledged = 0
    while case .send(_, let maximum) = state.step(length: 10 << 20, isSealed: false) {
      state.sent(maximum)
      unacknowledged += maximum
    }
    #expect(unacknowledged == 1 << 20)
    #expect(state.step(length: 10 << 20, isSealed: false) == .wait)
    #expect(state.acknowledged(256 << 10, length: 10 << 20) == .progress)
    #expect(
      state.step(length: 10 << 20, isSealed: false)
        == .send(offset: 1 << 20, maximum: UploadState.maximumChunk))
  }

  @Test func smallPiecesWaitForCompanyOnlyWhileSomethingIsUnderWay() {
    var state = streaming(length: 10)
    #expect(state.step(length: 10, isSealed: false) != .wait)
    state.sent(10)
    #expect(state.step(length: 20, isSealed: false) == .wait)
    #expect(state.step(length: 20, isSealed: true) != .wait)
    #expect(state.acknowledged(10, length: 20) == .progress)
    #expect(state.step(length: 20, isSealed: false) != .wait)
  }

  /// The log grew and was acknowledged after the caller had looked at its length.
  @Test func anAcknowledgementMayBeAheadOfTheKnownLength() {
    var state = UploadState()
    state.sentProbe()
    #expect(state.acknowledged(60, length: 100) == .progress)
    #expect(state.step(length: 50, isSealed: false) == .wait)
  }

  @Test func itIsCompleteOnceSealedAndDurable() {
    var state = streaming(length: 10)
    state.sent(10)
    #expect(state.step(length: 10, isSealed: true) == .wait)
    #expect(state.acknowledged(10, length: 10) == .progress)
    #expect(state.step(length: 10, isSealed: false) == .wait)
    #expect(state.step(length: 10, isSealed: true) == .complete)
  }

  @Test func anEmptyLogIsCompleteAfterAsking() {
    let state = streaming(length: 0)
    #expect(state.step(length: 0, isSealed: true) == .complete)
  }

  @Test func aGatewayThatSkippedAChunkIsAskedAgain() {
    var state = streaming()
    state.sent(100)
    #expect(state.acknowledged(0, length: 200) == .restart)
  }

  @Test func aGatewayThatWentBackIsAskedAgain() {
    var state = streaming(from: 50)
    state.sent(100)
    #expect(state.acknowledged(20, length: 200) == .restart)
  }

  @Test func anAnswerBeyondWhatWasSentIsNotBelieved() {
    var state = streaming(from: 50)
    state.sent(100)
    #expect(state.acknowledged(180, length: 200) == .restart)
  }

  @Test func aGatewayWithMoreThanThereIsHasDiverged() {
    var state = UploadState()
    state.sentProbe()
    #expect(state.acknowledged(201, length: 200) == .diverged)
  }

  @Test func oneAnswerForSeveralChunksIsFineAndSoAreTheirOwn() {
    var state = streaming()
    state.sent(100)
    state.sent(100)
    state.sent(100)
    #expect(state.acknowledged(200, length: 300) == .progress)
    #expect(state.acknowledged(200, length: 300) == .progress)
    #expect(state.isAwaitingAnswer)
    #expect(state.acknowledged(300, length: 300) == .progress)
    #expect(!state.isAwaitingAnswer)
  }
}
