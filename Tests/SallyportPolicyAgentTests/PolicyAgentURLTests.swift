import SallyportPolicy
import Testing

@testable import SallyportPolicyAgent

@Suite struct PolicyAgentURLTests {
  @Test(arguments: [
    ("https://opa.example", "https://opa.example:443/v1/data/a/b"),
    ("https://opa.example:8181/base", "https://opa.example:8181/base/v1/data/a/b"),
    ("HTTPS://opa.example/base/", "https://opa.example:443/base/v1/data/a/b"),
    ("https://[2001:db8::1]", "https://[2001:db8::1]:443/v1/data/a/b"),
    ("http://127.0.0.1:8181", "http://127.0.0.1:8181/v1/data/a/b"),
    ("http://127.255.0.9/", "http://127.255.0.9:80/v1/data/a/b"),
    ("http://[::1]:8181/", "http://[::1]:8181/v1/data/a/b"),
    ("unix:///run/opa.sock", "http+unix://%2Frun%2Fopa.sock/v1/data/a/b"),
    ("unix:///run/a%2f+b", "http+unix://%2Frun%2Fa%252f%2Bb/v1/data/a/b"),
  ]) func requests(_ text: String, _ request: String) throws {
    let path = try #require(DecisionPath("a/b"))
    #expect(try PolicyAgentURL(text).request(path) == request)
  }

  /// Without TLS nobody but this host, and by no name; with it nothing that is not an address.
  @Test(arguments: [
    "", "opa", "opa.example:8181", "ftp://opa.example", "://", "http://", "https://",
    "http://opa.example", "http://localhost:8181", "http://10.0.0.1", "http://128.0.0.1",
    "http://127.1", "http://127.0.0.1.example", "http://0127.0.0.1", "http://127.0.0.256",
    "http://127.0.0.01", "http://2130706433", "http://[::]", "http://[::2]",
    "http://[::ffff:127.0.0.1]",
    "http://[::1%lo]", "http://127.0.0.1@opa.example", "https://user:CANARY@opa.example",
    "https://opa.example:0", "https://opa.example:65536", "https://opa.example:",
    "https://opa .example",
    "https://opa.example/?q=CANARY", "https://opa.example/#x", "https://opa.example/../x",
    "https://opa.example//x", "https://opa.example/%2e", "https://opa.example\n",
    "unix://run/opa.sock", "unix:///", "unix://", "https://ä.example",
    "unix:///\(String(repeating: "a", count: 107))",
    "https://\(String(repeating: "a", count: 1_024))",
  ]) func refused(_ text: String) throws {
    let error = #expect(throws: InvalidPolicyAgentURL.self) { try PolicyAgentURL(text) }
    #expect(error?.description.contains("CANARY") == false)
  }
}
