// swift-tools-version: 6.2
import PackageDescription

// Measures what the package beside it is made of; scripts/bench builds and runs it. Sallyport's
// targets are compiled as part of this package, from links to their sources: their declarations
// have `package` access, which ends at a package's border.

/// As in ../Package.swift.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grpcCore = Target.Dependency.product(name: "GRPCCore", package: "grpc-swift-2")
let grpcNIO = Target.Dependency.product(
  name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf = Target.Dependency.product(
  name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let configuration = Target.Dependency.product(
  name: "Configuration", package: "swift-configuration")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let benchmark = Target.Dependency.product(name: "Benchmark", package: "benchmark")

func target(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func systemLibrary(_ name: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Sources/CModules/\(name)", pkgConfig: pkgConfig)
}

let package = Package(
  name: "sallyport-benchmarks",
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0",
      traits: ["YAML"]),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    // Without its interposers of allocations and references, which slow down what is measured.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
  ],
  targets: [
    systemLibrary("COpenSSL", pkgConfig: "openssl"),
    systemLibrary("CNGHTTP2", pkgConfig: "libnghttp2"),
    .target(
      name: "CBuildInfo", path: "Sources/CModules/CBuildInfo",
      cSettings: [.define("SALLYPORT_COMMIT", to: "\"benchmarks\"")]),
    .target(name: "CSallyportProcess", path: "Sources/CModules/CSallyportProcess"),
    target("SallyportBytes", []),
    target("SallyportCore", ["CBuildInfo", "SallyportBytes"]),
    target("SallyportMetrics", ["SallyportCore"]),
    target("SallyportRelay", ["SallyportCore", grpcCore, httpTypes, nioCore]),
    target("SallyportProtos", [grpcCore, grpcProtobuf, swiftProtobuf]),
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
    target("SallyportIdentity", ["SallyportBytes", "SallyportCore", x509, asn1, crypto]),
    target(
      "SallyportSession",
      [
        "SallyportCore", "SallyportMetrics", "SallyportRelay", "SallyportProtos",
        "SallyportIdentity", grpcCore, swiftProtobuf, lifecycle, logging,
      ]),
    target(
      "SallyportConfig",
      ["SallyportCore", configuration, yams, arguments, logging, system]),
    target(
      "SallyportSigning",
      [
        "SallyportBytes", "SallyportCore", "SallyportIdentity", "SallyportProtos", asn1, crypto,
        swiftProtobuf,
      ]),
    target(
      "SallyportSealing", ["SallyportBytes", "SallyportCore", "SallyportIdentity", asn1, crypto]),
    target("SallyportPolicy", ["SallyportBytes", "SallyportCore", "SallyportConfig", crypto]),
    target("SallyportGitProtocol", ["SallyportBytes"]),
    target("SallyportMasking", []),
    target("SallyportLedger", ["SallyportBytes", "SallyportCore", crypto]),
    target(
      "SallyportStoreEncryption",
      [
        "SallyportBytes", "SallyportCore", "SallyportIdentity", "SallyportMasking", crypto,
        subprocess, system,
      ]),

    // What the executables below share: certificates, timing, what they print.
    target("BenchmarkSupport", ["SallyportCore", "SallyportTLS", nioPosix]),
    executable(
      "bench-grpc",
      [
        "BenchmarkSupport", "SallyportTransport", "SallyportCore", "SallyportTLS", grpcCore,
        grpcNIO, nioCore, nioPosix, arguments,
      ]),
    executable(
      "bench-relay",
      [
        "BenchmarkSupport", "SallyportTransport", "SallyportRelay", "SallyportProtos",
        "SallyportCore", "SallyportTLS", grpcCore, swiftProtobuf, httpTypes, nioCore, arguments,
      ]),
    executable(
      "bench-crowd",
      [
        "BenchmarkSupport", "SallyportTransport", "SallyportSession", "SallyportIdentity",
        "SallyportProtos", "SallyportRelay", "SallyportCore", "SallyportTLS", grpcCore,
        swiftProtobuf, logging,
        arguments,
      ]),
    // In a folder of this one, where the plugin of the benchmark package looks for targets.
    .executableTarget(
      name: "bench-micro",
      dependencies: [
        "BenchmarkSupport", "SallyportBytes", "SallyportCore", "SallyportGitProtocol",
        "SallyportHTTP2", "SallyportIdentity", "SallyportLedger", "SallyportMasking",
        "SallyportPolicy", "SallyportSealing", "SallyportSigning", "SallyportStoreEncryption",
        "SallyportTLS", benchmark, nioCore,
      ],
      path: "Micro", swiftSettings: settings),
  ]
)
