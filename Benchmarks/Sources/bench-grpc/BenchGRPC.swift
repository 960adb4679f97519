import ArgumentParser

/// A gRPC server and its client over one mutual TLS connection, on either transport.
@main
struct BenchGRPC: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-grpc", subcommands: [Serve.self, Call.self])
}

/// Whose HTTP/2 and TLS.
enum TransportKind: String, ExpressibleByArgument {
  case sallyport
  /// grpc-swift-nio-transport as it comes.
  case nio
  /// The same without flush coalescing.
  case nioUncoalesced = "nio-uncoalesced"
}

struct Connection: ParsableArguments {
  @Option var transport: TransportKind
  @Option(help: "Folder with certificates and keys.") var identities: String
}
