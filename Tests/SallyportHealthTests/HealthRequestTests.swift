import NIOHTTP1
import Testing

@testable import SallyportHealth

struct HealthRequestTests {
  private func request(
    _ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders = ["Host": "127.0.0.1:7446"],
    isLoopback: Bool = true
  ) -> HealthRequest {
    HealthRequest(
      HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers),
      isLoopback: isLoopback)
  }

  @Test("Three paths are answered, to GET and HEAD")
  func paths() {
    #expect(request(.GET, "/healthz") == .live(asJSON: false))
    #expect(request(.HEAD, "/readyz") == .ready(asJSON: false))
    #expect(request(.GET, "/metrics?name[]=up") == .metrics)
  }

  @Test(
    "No other path is there",
    arguments: ["/", "", "*", "/healthz/", "//healthz", "/Healthz", "/metrics/../healthz", "/%68"])
  func otherPaths(uri: String) {
    #expect(request(.GET, uri) == .refused(.notFound))
  }

  @Test("No other method is there", arguments: [HTTPMethod.POST, .PUT, .DELETE, .OPTIONS, .TRACE])
  func otherMethods(method: HTTPMethod) {
    #expect(request(method, "/healthz") == .refused(.methodNotAllowed))
  }

  @Test("JSON for whoever accepts it")
  func accept() {
    let headers: HTTPHeaders = ["Host": "localhost", "Accept": "text/html, application/json;q=0.9"]
    #expect(request(.GET, "/readyz", headers) == .ready(asJSON: true))
  }

  @Test(
    "On the loopback, a name that a page from elsewhere could bring is refused",
    arguments: [
      ("127.0.0.1:7446", true), ("localhost", true), ("localhost:1", true), ("[::1]:7446", true),
      ("evil.example", false), ("localhost.evil.example", false), ("127.0.0.1.evil", false),
      ("256.0.0.1", false), ("", false),
    ])
  func hosts(host: String, isAnswered: Bool) {
    let answered = request(.GET, "/metrics", ["Host": host])
    #expect(answered == (isAnswered ? .metrics : .refused(.misdirectedRequest)))
    #expect(request(.GET, "/metrics", ["Host": host], isLoopback: false) == .metrics)
  }

  @Test("Two hosts are none")
  func twoHosts() {
    let headers: HTTPHeaders = ["Host": "localhost", "host": "127.0.0.1"]
    #expect(request(.GET, "/healthz", headers) == .refused(.misdirectedRequest))
  }
}
