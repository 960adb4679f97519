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
  ]
)
