import NIOHTTP1
import SallyportMetrics

/// What the health endpoint answers.
struct HealthAnswer: Sendable, Equatable {
  static let textType = "text/plain; charset=utf-8"

  let status: HTTPResponseStatus
  var contentType = HealthAnswer.textType
  let body: String

  init(_ report: HealthReport, asJSON: Bool) {
    status = report.passes ? .ok : .serviceUnavailable
    contentType = asJSON ? "application/json" : Self.textType
    body = asJSON ? report.json : report.text
  }

  init(metrics: String) {
    status = .ok
    contentType = MetricsText.contentType
    body = metrics
  }

  init(refusal: HTTPResponseStatus) {
    status = refusal
    body = "\(refusal.code) \(refusal.reasonPhrase)\n"
  }

  /// One request for each connection, so that nobody keeps one.
  var head: HTTPResponseHead {
    var headers: HTTPHeaders = [
      "Content-Type": contentType, "Content-Length": "\(body.utf8.count)",
      "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Connection": "close",
    ]
    if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
  }
}
