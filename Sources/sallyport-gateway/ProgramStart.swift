import FoundationEssentials
import Glibc

/// How this process was started, to be started again the same way. Read at the start.
struct ProgramStart: Sendable {
  /// As it was found then: a link, or a file that is replaced, leads to what is there later.
  let path: String
  let arguments: [String]
  let environment: [String: String]

  static func current() -> ProgramStart {
    let arguments = CommandLine.arguments
    let environment = ProcessInfo.processInfo.environment
    let name = arguments.first ?? ""
    var path = absolute(name)
    if !name.contains("/") {
      let folders = (environment["PATH"] ?? "").split(separator: ":")
      path = folders.map { absolute("\($0)/\(name)") }.first { access($0, X_OK) == 0 } ?? ""
    }
    if path.isEmpty || access(path, X_OK) != 0 {
      path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? path
    }
    return ProgramStart(path: path, arguments: arguments, environment: environment)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }
}
