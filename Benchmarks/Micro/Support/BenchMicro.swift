import Benchmark

/// The engines and hot functions by themselves: no sockets, no event loops.
///
/// `scripts/bench micro` runs it, and so does `swift package benchmark`.
@main
struct BenchMicro: BenchmarkRunnerHooks {
  static func registerBenchmarks() {
    HTTP2Benchmarks.register()
    TLSBenchmarks.register()
    GitBenchmarks.register()
    MaskingBenchmarks.register()
    SealingBenchmarks.register()
    SigningBenchmarks.register()
    PolicyBenchmarks.register()
    LedgerBenchmarks.register()
    StoreBenchmarks.register()
    DigitBenchmarks.register()
  }
}
