import NIOCore
import NIOHTTP1
import NIOPosix
import SallyportConfig
import SallyportCore

/// Asks the health endpoint of a running process.
struct HealthQuery: Sendable {
  /// For the connection and the answer.
  static let timeout = Duration.seconds(5)
  /// Bytes of an answer.
  static let maximumBody = 1 << 20

  private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  struct Answer: Sendable {
    let status: Int
    let body: String
  }

  let host: String
  let port: Int

  /// - Throws: `ErrorReport` with exit code 69 where there is no answer in time.
  func get(_ path: String, accept: String) async throws -> Answer {
    let answer: Result<Answer, any Error>? = await withTaskGroup(
      of: Result<Answer, any Error>?.self
    ) { group in
      group.addTask { await Result(catching: { try await ask(path, accept: accept) }) }
      group.addTask {
        try? await Task.sleep(for: Self.timeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    switch answer {
    case .success(let answer): return answer
    case .failure(let error): throw unreachable("\(error)")
    case nil: throw unreachable("no answer within \(Self.timeout.components.seconds) s")
    }
  }

  private func unreachable(_ reason: String) -> ErrorReport {
    ErrorReport(
      "the health endpoint at \(HostPort(host: host, port: port)) does not answer: \(reason); "
        + "is the process running with this configuration?", exitCode: ExitCode.unavailable)
  }

  private func ask(_ path: String, accept: String) async throws -> Answer {
    let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(TimeAmount(Self.timeout))
      .connect(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    return try await connection.executeThenClose { inbound, outbound in
      let head = HTTPRequestHead(
        version: .http1_1, method: .GET, uri: path,
        headers: [
          "Host": "\(HostPort(host: host, port: port))", "Accept": accept, "Connection": "close",
        ])
      try await outbound.write(.head(head))
      try await outbound.write(.end(nil))
      return try await read(inbound)
    }
  }

  private func read(
    _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
  ) async throws -> Answer {
    var status: Int?
    var body = ByteBuffer()
    for try await part in inbound {
      switch part {
      case .head(let head): status = Int(head.status.code)
      case .body(var bytes):
        guard body.readableBytes + bytes.readableBytes <= Self.maximumBody else {
          throw ErrorReport("the answer is too long", exitCode: ExitCode.unavailable)
        }
        body.writeBuffer(&bytes)
      case .end:
        guard let status else { break }
        return Answer(status: status, body: String(buffer: body))
      }
    }
    throw ErrorReport("the answer broke off", exitCode: ExitCode.unavailable)
  }
}

extension Result where Success: Sendable, Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}
