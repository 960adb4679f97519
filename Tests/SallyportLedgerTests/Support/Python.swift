import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

@testable import SallyportLedger

/// The verifier in Resources, which shares no code with ours.
enum Python {
  struct Verdict: Codable, Hashable {
    var problem: String?
    var file: String?
    var line: Int?
    var unfinishedBytes: Int64
    var ledger: String?
    var count: UInt64
    var first: UInt64?
    var last: String?

    enum CodingKeys: String, CodingKey {
      case problem, file, line, ledger, count, first, last
      case unfinishedBytes = "unfinished_bytes"
    }
  }

  static func verify(_ path: String, expecting anchor: String? = nil) async throws -> Verdict {
    let verdicts = try await verify([path], expecting: anchor)
    return try #require(verdicts.first)
  }

  /// One process for many ledgers.
  static func verify(
    _ paths: [String], expecting anchor: String? = nil
  ) async throws -> [Verdict] {
    let program = """
      import sys, json
      sys.path.insert(0, sys.argv[1])
      sys.dont_write_bytecode = True
      import verify_ledger
      sequence, _, digest = sys.argv[2].partition(":")
      expected = (int(sequence), digest) if sequence else None
      for path in sys.argv[3:]: print(json.dumps(verify_ledger.verify(path, expected)))
      """
    let output = try await run(["-c", program, resources, anchor ?? ""] + paths)
    return try output.split(separator: "\n").map {
      try JSONDecoder().decode(Verdict.self, from: Data($0.utf8))
    }
  }

  static func run(_ arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .name("python3"), arguments: Arguments(arguments), output: .string(limit: 16 << 20),
      error: .string(limit: 1 << 20))
    guard case .exited(let code) = result.terminationStatus, code < 2 else {
      throw Failure(description: "\(result.terminationStatus): \(result.standardError)")
    }
    return result.standardOutput
  }

  static let resources =
    #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Resources"

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

extension Python.Verdict {
  /// Ours, in the same form.
  init(_ verification: LedgerVerification) {
    self.init(
      problem: verification.damage?.problem.code, file: verification.damage?.file,
      line: verification.damage?.line, unfinishedBytes: verification.unfinishedBytes,
      ledger: verification.ledger, count: verification.count, first: verification.first,
      last: verification.last.map { "\($0)" })
  }
}
