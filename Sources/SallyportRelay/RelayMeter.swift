import Synchronization

/// Counts the bytes that one relay carries. Written by event loops, read by anyone.
package final class RelayMeter: Sendable {
  private let toWorker = Atomic<UInt64>(0)
  private let toAgent = Atomic<UInt64>(0)

  package init() {}

  package var bytesToWorker: UInt64 { toWorker.load(ordering: .relaxed) }
  package var bytesToAgent: UInt64 { toAgent.load(ordering: .relaxed) }

  package func addToWorker(_ count: Int) { toWorker.wrappingAdd(UInt64(count), ordering: .relaxed) }
  package func addToAgent(_ count: Int) { toAgent.wrappingAdd(UInt64(count), ordering: .relaxed) }
}
