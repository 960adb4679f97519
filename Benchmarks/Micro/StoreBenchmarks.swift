import Benchmark
import SallyportBytes
import SallyportStoreEncryption

/// Values on their way into the gateway's store and out of it.
enum StoreBenchmarks {
  private static let place = ValuePlace(
    table: "job_spec", column: "spec", row: [.integer(1_234_567)])

  static func register() {
    let key = TenantKey.generate(for: SampleNames.tenant, id: .first)
    for (name, size) in [("256b", 256), ("64k", 64 << 10)] {
      let value = SampleText.bytes(size)
      measured("store/encrypt-\(name)", bytes: size, prepare: { value }) { value in
        blackHole(try key.encrypt(value, at: place))
      }
      measured(
        "store/decrypt-\(name)", bytes: size, prepare: { try key.encrypt(value, at: place) }
      ) { value in
        blackHole(try key.decrypt(value, at: place))
      }
    }
    let fields = (0..<8).map { _ in randomBytes(count: 32) }
    measured("store/record-chain", bytes: 8 * 32, prepare: { RecordChain() }) { chain in
      chain.add(fields)
    }
  }
}
