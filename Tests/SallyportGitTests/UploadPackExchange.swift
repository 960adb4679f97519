import SallyportCore
import Subprocess
import Synchronization

@testable import SallyportGit

/// Real Git behind a ``GitSmartExchange``: `git upload-pack --stateless-rpc` on a bare repository.
final class UploadPackExchange: GitSmartExchange {
  /// What becomes of each piece of a response.
  typealias Tamper =
    @Sendable (_ operation: GitSmartRequest.Operation, _ offset: Int, [UInt8])
    async throws -> [UInt8]?

  private let bare: String
  private let configuration: [String]
  private let tamper: Tamper?
  private let recorded = Mutex<(requests: [GitSmartRequest], bytes: Int)>(([], 0))

  /// - Parameters:
  ///   - configuration: For example `uploadpack.allowAnySHA1InWant=true`.
  ///   - tamper: Nil ends the response as if it were whole.
  init(_ bare: String, configuration: [String] = [], tamper: Tamper? = nil) {
    self.bare = bare
    self.configuration = configuration
    self.tamper = tamper
  }

  var requests: [GitSmartRequest] { recorded.withLock { $0.requests } }
  var bytes: Int { recorded.withLock { $0.bytes } }

  /// All request bodies, as text.
  var bodies: String {
    requests.map { request in
      if case .uploadPack(let body) = request.operation {
        String(decoding: body, as: UTF8.self)
      } else {
        ""
      }
    }.joined()
  }

  func perform(_ request: GitSmartRequest, response: GitResponseSink) async throws {
    recorded.withLock { $0.requests.append(request) }
    var arguments = configuration.flatMap { ["-c", $0] } + ["upload-pack", "--stateless-rpc"]
    let input: [UInt8]
    switch request.operation {
    case .advertisement:
      arguments.append("--http-backend-info-refs")
      input = []
      try await response.write(Array("001e# service=git-upload-pack\n0000".utf8))
    case .uploadPack(let body): input = body
    }
    let endedEarly = Mutex(false)
    let status = try await run(
      .name("git"), arguments: Arguments(arguments + [bare]), input: .inputWriter,
      output: .sequence, error: .discarded
    ) { execution in
      _ = try? await execution.standardInputWriter.write(input)
      try await execution.standardInputWriter.finish()
      var offset = 0
      for try await buffer in execution.standardOutput {
        let piece = buffer.withUnsafeBytes { Array($0) }
        guard let tampered = try await self.tampered(request.operation, offset, piece) else {
          endedEarly.withLock { $0 = true }
          return
        }
        offset += piece.count
        self.recorded.withLock { $0.bytes += tampered.count }
        try await response.write(tampered)
      }
    }.terminationStatus
    guard status.isSuccess || endedEarly.withLock({ $0 }) else {
      throw FixtureError(message: "git upload-pack failed")
    }
  }

  private func tampered(
    _ operation: GitSmartRequest.Operation, _ offset: Int, _ piece: [UInt8]
  ) async throws -> [UInt8]? {
    guard let tamper else { return piece }
    return try await tamper(operation, offset, piece)
  }
}

/// Answers with fixed bytes.
struct ScriptedExchange: GitSmartExchange {
  let respond: @Sendable (GitSmartRequest, GitResponseSink) async throws -> Void

  func perform(_ request: GitSmartRequest, response: GitResponseSink) async throws {
    try await respond(request, response)
  }
}
