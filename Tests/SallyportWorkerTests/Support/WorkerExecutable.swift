import Foundation

/// The built executable beside the test bundle; it is what supervises jobs.
enum WorkerExecutable {
  static let path: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
    return "\((bundle as NSString).deletingLastPathComponent)/sallyport-worker"
  }()
}
