import SallyportCore
import SallyportProtos

/// What a Hello says, checked and bounded.
struct SessionGreeting: Sendable, Hashable {
  let version: String
  let displayName: String
  let labels: [String: String]
  let capacity: UInt32
  let running: Set<AttemptID>
  let finished: Set<AttemptID>

  /// - Throws: ``RequestError``.
  init(_ hello: Hello, limits: GatewayLimits) throws {
    guard hello.version.utf8.count <= 64, hello.displayName.utf8.count <= 255 else {
      throw RequestError("Hello: a version has at most 64 bytes, a display name at most 255")
    }
    guard hello.labels.count <= 64,
      hello.labels.allSatisfy({ $0.key.utf8.count <= 255 && $0.value.utf8.count <= 255 })
    else { throw RequestError("Hello: at most 64 labels of at most 255 bytes") }
    guard hello.inventory.count <= limits.maximumAttemptsPerMessage else {
      throw RequestError("Hello: at most \(limits.maximumAttemptsPerMessage) attempts")
    }
    version = hello.version
    displayName = hello.displayName
    labels = hello.labels
    capacity = min(hello.capacity, limits.maximumCapacity)
    var running: Set<AttemptID> = []
    var finished: Set<AttemptID> = []
    for item in hello.inventory {
      guard let job = JobID(item.jobID) else { throw RequestError("Hello: not a job id") }
      let attempt = AttemptID(job: job, epoch: item.epoch)
      if item.phase == .finished { finished.insert(attempt) } else { running.insert(attempt) }
    }
    self.running = running
    self.finished = finished
  }
}
