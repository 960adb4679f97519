import Glibc
import SallyportCore
import Subprocess
import SystemPackage
import Testing

/// A checker that never fails proves nothing: it must find each bug that a debug build can be told to
/// have, and nothing where the same scenario is played without it.
@Suite(
  .serialized,
  .enabled(if: getuid() == 0, "network namespaces need root"))
struct PlantedBugTests {
  private static let packageRoot =
    #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  /// The folder of the test bundle holds the executables that were built together with it.
  private static let executables =
    CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
    .joined(separator: "/")

  #if FAULT_POINTS
    @Test(arguments: FaultPoint.allCases.map(\.rawValue))
    func theCheckerFindsAPlantedBug(_ name: String) async throws {
      let result = try await Subprocess.run(
        .path("/bin/bash"),
        arguments: [
          "\(Self.packageRoot)/scripts/faults", "--plant", name, "--expect", "--seed", "1", "--bin",
          Self.executables,
        ],
        output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      let said = "\(result.standardOutput)\n\(result.standardError)"
      #expect(result.terminationStatus == .exited(0), "\(said)")
    }
  #endif
}
