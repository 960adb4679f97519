import SallyportProtos
import SallyportSession
import SwiftProtobuf
import Testing

struct SessionDurationsTests {
  @Test func aWindowIsBoundedWhateverTheMessageSays() {
    var welcome = Sallyport_Session_V1_Welcome()
    #expect(welcome.returnWindow == nil)
    for (seconds, nanos, expected) in [
      (20, 500_000_000, Duration.milliseconds(20_500)), (.max, .max, .seconds(300)),
      (.min, .min, .zero), (-1, 5, .nanoseconds(5)),
    ] as [(Int64, Int32, Duration)] {
      welcome.retryWindow.seconds = seconds
      welcome.retryWindow.nanos = nanos
      #expect(welcome.returnWindow == expected)
    }
  }

  @Test func onlyADrainWithGraceIsTheConnections() {
    var drain = Sallyport_Session_V1_Drain()
    #expect(drain.connectionGrace == nil)
    drain.grace.seconds = 30
    #expect(drain.connectionGrace == .seconds(30))
  }
}
