import HTTPTypes
import NIOCore
import SallyportCore
import SallyportGit

@testable import SallyportVCSAgent

/// Fetches through the agent's handler, without a relay in between.
struct HandlerExchange: GitSmartExchange {
  let harness: HandlerHarness

  func perform(_ request: GitSmartRequest, response sink: GitResponseSink) async throws {
    let response = RecordingResponder { piece in
      try await sink.write(Array(piece.readableBytesView))
    }
    switch request.operation {
    case .advertisement:
      _ = try await harness.advertise(request.repository.rawValue, response: response)
    case .uploadPack(let body):
      _ = try await harness.uploadPack(request.repository.rawValue, body, response: response)
    }
    guard response.status == 200 else {
      throw ScratchError(description: "status \(response.status ?? 0): \(response.text)")
    }
  }
}
