import ArgumentParser
import SallyportConfig
import SallyportCore
import SallyportProtos
import SwiftProtobuf

struct VariableSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Set a variable of a context.",
    discussion: """
      The value comes from standard input or a file, without the line end that it may have, or from a \
      prompt. Jobs that are submitted from now on get it.
      """)

  private static let maximumValue = 32 << 10

  @Argument(help: "Name of the variable.")
  var name: String

  @Option(help: "Context of the variable.")
  var context: String

  @Option(name: .customLong("from-file"), help: "File with the value.", completion: .file())
  var file: String?

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let session = try global.session()
    var bytes: [UInt8]
    if let file {
      bytes = try ValueInput.file(file, maximum: Self.maximumValue)
    } else {
      bytes = try session.context.input("value of \(name)", Self.maximumValue)
    }
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    guard let value = String(validating: bytes, as: UTF8.self) else {
      throw ErrorReport(
        "the value of a variable is text (UTF-8)", exitCode: SallyportCore.ExitCode.dataError)
    }
    let request = Sallyport_Operator_V1_SetVariableRequest.with {
      $0.context = context
      $0.name = name
      $0.value = value
    }
    let variable = try await session.call { client, options in
      try await client.setVariable(request, options: options)
    }
    try await global.show(VariableView(variable))
  }
}
