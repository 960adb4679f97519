// swift-tools-version: 6.2
import PackageDescription

/// Every Sallyport target is compiled under the same rules; see CONTRIBUTING.md.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
  // Bugs to plant, for the fault suite; see SallyportCore/FaultPoint.swift.
  .define("FAULT_POINTS", .when(configuration: .debug)),
]

// MARK: - Dependencies, by the name that the targets below use

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcInProcess = Target.Dependency.product(
  name: "GRPCInProcessTransport", package: "grpc-swift-2")
let grpcProtobuf = Target.Dependency.product(
  name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let grpcNIO = Target.Dependency.product(
  name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(
  name: "Configuration", package: "swift-configuration")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let httpClient = Target.Dependency.product(
  name: "AsyncHTTPClient", package: "async-http-client")

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/CModules/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// The commit goes into `--version`. A C target of its own: a new commit recompiles one line.
/// `scripts/build` names it in the environment, because SwiftPM does not evaluate an unchanged
/// manifest again after a commit.
let commit =
  Context.environment["SALLYPORT_COMMIT"]
  ?? Context.gitInformation.map { $0.currentCommit + ($0.hasUncommittedChanges ? "-dirty" : "") }
  ?? "unknown"

let package = Package(
  name: "sallyport",
  products: [
    .executable(name: "sallyport-gateway", targets: ["sallyport-gateway"]),
    .executable(name: "sallyport-worker", targets: ["sallyport-worker"]),
    .executable(name: "sallyport-vcs-agent", targets: ["sallyport-vcs-agent"]),
    .executable(name: "sallyport", targets: ["sallyport"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    // For the TLS settings of async-http-client, which brings it.
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0",
      traits: ["YAML"]),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    // System libraries: a module map and a shim header each, nothing else.
    systemLibrary("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    systemLibrary("CNGHTTP2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    systemLibrary("CLibGit2", pkgConfig: "libgit2", apt: "libgit2-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),

    .target(
      name: "CBuildInfo", path: "Sources/CModules/CBuildInfo",
      cSettings: [.define("SALLYPORT_COMMIT", to: "\"\(commit)\"")]),
    // Process calls that Swift cannot make: variadic ones, and what runs between fork and exec.
    .target(name: "CSallyportProcess", path: "Sources/CModules/CSallyportProcess"),

    // Shared ground: vocabulary, and the seam between wire and roles.
    // Bytes as digits, as fields of one canonical form, and overwritten when they are secret.
    target("SallyportBytes", []),
    target("SallyportCore", ["CBuildInfo", "SallyportBytes"]),
    target("SallyportMetrics", ["SallyportCore"]),
    target("SallyportRelay", ["SallyportCore", grpcCore, httpTypes, nioCore]),
    target("SallyportProtos", [grpcCore, grpcProtobuf, swiftProtobuf]),

    // Wire: knows no domain.
    target("SallyportTLS", ["SallyportBytes", "SallyportCore", "COpenSSL", nioCore]),
    target("SallyportHTTP2", ["SallyportCore", "CNGHTTP2", nioCore]),
    target(
      "SallyportTransport",
      [
        "CSallyportProcess", "SallyportBytes", "SallyportCore", "SallyportMetrics",
        "SallyportRelay", "SallyportTLS",
        "SallyportHTTP2",
        grpcCore, httpTypes, nioCore, nioPosix, logging,
      ]),

    // What operators and orchestrators ask a process: the loopback HTTP endpoint and its command.
    target(
      "SallyportHealth",
      [
        "SallyportCore", "SallyportConfig", "SallyportIdentity", "SallyportMetrics", nioCore,
        nioPosix, nioHTTP1, logging, arguments,
      ]),

    // Domain.
    target(
      "SallyportConfig",
      ["SallyportCore", configuration, yams, arguments, logging, system]),
    target(
      "SallyportCLI",
      [
        "SallyportBytes", "SallyportLedger", "SallyportCore", "SallyportConfig",
        "SallyportIdentity",
        "SallyportPolicy", "SallyportSealing",
        "SallyportProtos", "SallyportSigning", grpcCore, swiftProtobuf, arguments,
      ]),
    target("SallyportIdentity", ["SallyportBytes", "SallyportCore", x509, asn1, crypto]),
    target(
      "SallyportSigning",
      [
        "SallyportBytes", "SallyportCore", "SallyportIdentity", "SallyportProtos", asn1, crypto,
        swiftProtobuf,
      ]),
    // Secrets and logs that the gateway stores and cannot read: HPKE, and the formats around it.
    target(
      "SallyportSealing", ["SallyportBytes", "SallyportCore", "SallyportIdentity", asn1, crypto]),
    target("SallyportPolicy", ["SallyportBytes", "SallyportCore", "SallyportConfig", crypto]),
    // The customer's Open Policy Agent, asked over HTTP.
    target(
      "SallyportPolicyAgent",
      [
        "SallyportCore", "SallyportConfig", "SallyportPolicy", httpClient, nioCore, nioHTTP1,
        nioPosix, nioSSL,
      ]),
    target("SallyportGit", ["SallyportBytes", "SallyportCore", "CLibGit2", logging]),
    // Git's wire protocol as the VCS agent reads it: which refs and objects may pass; no I/O.
    target("SallyportGitProtocol", ["SallyportBytes"]),
    // What of a job's output may be seen; no I/O.
    target("SallyportMasking", []),
    // Where secrets on a worker come from, and who may have them; no I/O but configuration files.
    target(
      "SallyportSecrets", ["SallyportBytes", "SallyportCore", "SallyportConfig", "SallyportPolicy"]),
    // The customer's own record of what crossed, on worker and VCS agent.
    target("SallyportLedger", ["SallyportBytes", "SallyportCore", crypto]),
    // What worker and VCS agent do alike with the customer's policy.
    target(
      "SallyportAdmission", ["SallyportCore", "SallyportLedger", "SallyportPolicy", logging]),
    target("SallyportStore", ["SallyportCore", "SallyportMetrics"]),
    // How the gateway's store is encrypted, and the keys for it: formats, crypto, key files.
    target(
      "SallyportStoreEncryption",
      [
        "SallyportBytes", "SallyportCore", "SallyportIdentity", "SallyportMasking", crypto,
        subprocess, system,
      ]),
    target(
      "SallyportStoreSQLite",
      [
        "SallyportCore", "SallyportMetrics", "SallyportStore", "SallyportStoreEncryption", grdb,
      ]),

    // What worker and VCS agent share: enrollment, renewal, keeping the session alive.
    target(
      "SallyportSession",
      [
        "SallyportCore", "SallyportMetrics", "SallyportRelay", "SallyportProtos",
        "SallyportIdentity", grpcCore, swiftProtobuf, lifecycle, logging,
      ]),

    // Roles: see RPCs as grpc-swift services and relays through SallyportRelay.
    target(
      "SallyportGateway",
      [
        "SallyportBytes", "SallyportCore", "SallyportMetrics", "SallyportRelay", "SallyportProtos",
        "SallyportIdentity", "SallyportSealing", "SallyportSigning", "SallyportStore", grpcCore,
        grpcProtobuf, swiftProtobuf, httpTypes, lifecycle, logging, crypto,
      ]),
    target(
      "SallyportWorker",
      [
        "SallyportBytes", "SallyportCore", "SallyportAdmission", "SallyportMetrics",
        "SallyportRelay",
        "SallyportProtos", "SallyportGit", "SallyportLedger", "SallyportConfig",
        "SallyportMasking", "SallyportPolicy", "SallyportSealing", "SallyportSecrets",
        "SallyportSession", "SallyportSigning",
        "CSallyportProcess", grpcCore, swiftProtobuf, httpTypes, nioCore, lifecycle, logging,
        crypto,
      ]),
    target(
      "SallyportVCSAgent",
      [
        "SallyportCore", "SallyportMetrics", "SallyportRelay", "SallyportProtos",
        "SallyportLedger", "SallyportIdentity", "SallyportGitProtocol", "SallyportPolicy",
        "SallyportSession",
        "SallyportSigning", "CZlib",
        grpcCore, swiftProtobuf, httpTypes, httpClient, nioCore,
        nioHTTP1, nioSSL, logging, subprocess, system,
      ]),

    // What the two customer-hosted executables share: enrolling, finding the gateway, presenting
    // the newest certificates. Part of the executables, and used by nothing else.
    target(
      "SallyportEdge",
      [
        "SallyportCore", "SallyportAdmission", "SallyportConfig", "SallyportHealth",
        "SallyportIdentity", "SallyportLedger", "SallyportMetrics", "SallyportPolicy",
        "SallyportSession", "SallyportSigning", "SallyportTLS", "SallyportTransport",
        "SallyportRelay", lifecycle, unixSignals, logging, arguments,
      ]),

    // Executables join the bands.
    executable(
      "sallyport-gateway",
      [
        "SallyportCore", "SallyportConfig", "SallyportHealth", "SallyportIdentity",
        "SallyportMetrics", "SallyportStore", "SallyportStoreEncryption", "SallyportStoreSQLite",
        "SallyportGateway", "SallyportTransport", "SallyportRelay", "SallyportTLS",
        "SallyportHTTP2",
        "CSallyportProcess", grpcCore, nioCore, nioPosix, lifecycle, unixSignals, logging,
        arguments,
      ]),
    executable(
      "sallyport-worker",
      [
        "SallyportCore", "SallyportConfig", "SallyportEdge", "SallyportHealth",
        "SallyportLedger", "SallyportIdentity", "SallyportMetrics", "SallyportPolicy",
        "SallyportPolicyAgent", "SallyportSealing",
        "SallyportSecrets", "SallyportSession",
        "SallyportSigning", "SallyportWorker", "SallyportGit", "SallyportTLS", "SallyportHTTP2",
        unixSignals, logging, arguments,
      ]),
    executable(
      "sallyport-vcs-agent",
      [
        "SallyportConfig", "SallyportCore", "SallyportAdmission", "SallyportEdge",
        "SallyportHTTP2", "SallyportHealth", "SallyportLedger", "SallyportIdentity",
        "SallyportMetrics", "SallyportPolicy", "SallyportPolicyAgent", "SallyportSession",
        "SallyportSigning", "SallyportTLS", "SallyportVCSAgent", "CSallyportProcess", lifecycle,
        unixSignals, logging,
        arguments,
      ]),
    executable(
      "sallyport",
      [
        "SallyportCore", "SallyportConfig", "SallyportCLI", "SallyportIdentity", "SallyportTLS",
        "SallyportHTTP2", "SallyportTransport", "SallyportProtos", "CSallyportProcess", grpcCore,
        unixSignals,
      ]),

    // Tests mirror Sources.
    .target(
      name: "SallyportTestSupport",
      dependencies: [
        "SallyportCore", "SallyportLedger", x509, asn1, crypto, subprocess, system,
      ],
      path: "Tests/SallyportTestSupport", swiftSettings: settings),
    tests("SallyportBytesTests", ["SallyportBytes", "SallyportTestSupport"]),
    tests("SallyportCoreTests", ["SallyportBytes", "SallyportCore"]),
    tests(
      "SallyportTLSTests",
      ["SallyportTLS", "SallyportCore", "SallyportTestSupport", "COpenSSL", nioCore]),
    tests("SallyportHTTP2Tests", ["SallyportHTTP2", "SallyportCore", "CNGHTTP2", nioCore]),
    // Servers and clients on the loopback, for the tests of the transport.
    .target(
      name: "SallyportTransportTestSupport",
      dependencies: [
        "SallyportTransport", "SallyportRelay", "SallyportTLS", "SallyportCore",
        "SallyportTestSupport", grpcCore, nioCore, nioPosix,
      ],
      path: "Tests/SallyportTransportTestSupport", swiftSettings: settings),
    tests(
      "SallyportTransportTests",
      [
        "SallyportTransport", "SallyportTransportTestSupport", "SallyportRelay", "SallyportTLS",
        "SallyportHTTP2", "SallyportCore", "SallyportTestSupport", grpcCore, httpTypes, nioCore,
        nioPosix,
      ]),
    .testTarget(
      name: "TransportConformanceTests",
      dependencies: [
        "SallyportTransport", "SallyportTransportTestSupport", "SallyportCore",
        "SallyportTestSupport", grpcCore, grpcNIO, subprocess, system,
      ],
      exclude: ["Resources"], swiftSettings: settings),
    tests("SallyportMetricsTests", ["SallyportMetrics", "SallyportCore"]),
    tests(
      "SallyportHealthTests",
      [
        "SallyportHealth", "SallyportMetrics", "SallyportConfig", "SallyportCore",
        nioCore, nioPosix, nioHTTP1, logging, arguments, subprocess, system,
      ]),
    tests("SallyportConfigTests", ["SallyportConfig", "SallyportCore", arguments, logging]),
    tests(
      "SallyportIdentityTests",
      ["SallyportIdentity", "SallyportCore", "SallyportTestSupport", x509, asn1, crypto]),
    .testTarget(
      name: "SallyportSigningTests",
      dependencies: [
        "SallyportSigning", "SallyportIdentity", "SallyportProtos", "SallyportCore", crypto,
        subprocess, system,
      ],
      exclude: ["Resources"], swiftSettings: settings),
    tests(
      "SallyportSessionTests",
      [
        "SallyportSession", "SallyportIdentity", "SallyportRelay", "SallyportProtos",
        "SallyportCore", grpcCore, grpcInProcess, swiftProtobuf, lifecycle, logging,
      ]),
    tests(
      "SallyportEdgeTests",
      [
        "SallyportEdge", "SallyportConfig", "SallyportIdentity", "SallyportLedger",
        "SallyportRelay", "SallyportSession", "SallyportTestSupport", "SallyportTLS",
        "SallyportCore", grpcInProcess,
      ]),
    .testTarget(
      name: "SallyportSealingTests",
      dependencies: [
        "SallyportBytes", "SallyportSealing", "SallyportIdentity", "SallyportCore",
        "SallyportTestSupport", crypto,
        subprocess, system,
      ],
      exclude: ["Resources"], swiftSettings: settings),
    // Random policies, and what they decide about.
    .target(
      name: "SallyportPolicyTestSupport",
      dependencies: [
        "SallyportPolicy", "SallyportConfig", "SallyportCore", "SallyportTestSupport",
      ],
      path: "Tests/SallyportPolicyTestSupport", swiftSettings: settings),
    tests(
      "SallyportPolicyTests",
      [
        "SallyportPolicy", "SallyportPolicyTestSupport", "SallyportTestSupport",
        "SallyportConfig", "SallyportCore",
      ]),
    tests(
      "SallyportPolicyAgentTests",
      [
        "SallyportPolicyAgent", "SallyportPolicy", "SallyportConfig", "SallyportTestSupport",
        "SallyportCore", nioCore, nioPosix, nioSSL,
      ]),
    tests(
      "SallyportSecretsTests",
      ["SallyportSecrets", "SallyportPolicy", "SallyportConfig", "SallyportCore"]),
    .testTarget(
      name: "SallyportLedgerTests",
      dependencies: ["SallyportLedger", "SallyportCore", subprocess, system],
      exclude: ["Resources"], swiftSettings: settings),
    tests("SallyportMaskingTests", ["SallyportMasking", "SallyportTestSupport"]),
    tests("SallyportGitTests", ["SallyportGit", "SallyportCore", "CLibGit2", logging, subprocess]),
    tests(
      "SallyportGitProtocolTests",
      ["SallyportGitProtocol", "SallyportTestSupport", subprocess, system]),
    .testTarget(
      name: "SallyportStoreEncryptionTests",
      dependencies: [
        "SallyportBytes", "SallyportStoreEncryption", "SallyportIdentity", "SallyportCore",
        "SallyportTestSupport",
        crypto, subprocess, system,
      ],
      exclude: ["Resources"], swiftSettings: settings),
    tests(
      "SallyportStoreTests",
      [
        "SallyportStore", "SallyportStoreEncryption", "SallyportStoreSQLite", "SallyportCore", grdb,
      ]),
    tests(
      "SallyportGatewayTests",
      [
        "SallyportGateway", "SallyportStore", "SallyportStoreEncryption", "SallyportStoreSQLite",
        "SallyportIdentity", "SallyportSealing", "SallyportSigning", "SallyportRelay",
        "SallyportProtos", "SallyportCore", grpcCore, grpcInProcess, httpTypes, swiftProtobuf,
        crypto, logging, grdb,
      ]),
    tests(
      "SallyportWorkerTests",
      [
        "SallyportLedger", "SallyportTestSupport", "SallyportWorker", "SallyportPolicy",
        "SallyportPolicyTestSupport", "SallyportEdge", "SallyportMasking", "SallyportSealing",
        "SallyportSecrets", "SallyportSession", "SallyportSigning", "SallyportIdentity",
        "SallyportRelay", "SallyportProtos", "SallyportCore", "SallyportConfig", "SallyportGit",
        "sallyport-worker", grpcCore, grpcInProcess, nioCore, httpTypes, swiftProtobuf, crypto,
        lifecycle, logging,
      ]),
    tests(
      "SallyportVCSAgentTests",
      [
        "SallyportVCSAgent", "sallyport-vcs-agent", "SallyportConfig", "SallyportEdge",
        "SallyportGit",
        "SallyportLedger", "SallyportTestSupport", "SallyportGitProtocol", "SallyportPolicy",
        "SallyportPolicyTestSupport", "SallyportSession", "SallyportSigning", "SallyportRelay",
        "SallyportTransportTestSupport",
        "SallyportProtos", "SallyportCore", grpcCore, grpcInProcess, swiftProtobuf, httpTypes,
        nioCore, nioPosix, nioHTTP1, nioSSL, logging, subprocess,
      ]),
    tests(
      "SallyportCLITests",
      [
        "SallyportLedger", "SallyportCLI", "SallyportConfig", "SallyportIdentity",
        "SallyportProtos", "SallyportSealing",
        "SallyportSigning", "SallyportCore", "SallyportTLS", "SallyportTransport", grpcCore,
        grpcInProcess,
        swiftProtobuf, nioCore, arguments, subprocess, system,
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "SallyportBytes", "SallyportCore", "SallyportIdentity", "SallyportTransport",
        "SallyportRelay",
        "SallyportTLS", "SallyportHTTP2", "SallyportProtos", "SallyportTestSupport", grpcCore,
        httpTypes, nioCore, nioPosix, subprocess, swiftProtobuf, system,
      ],
      exclude: ["Resources"], swiftSettings: settings),
    tests("FaultSuiteTests", ["SallyportCore", subprocess, system]),
  ]
)
