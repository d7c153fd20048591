using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipelines.NodeRed.Flows;

/// <summary>Text as JSON, written as JavaScript would: nothing is escaped that need not be.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(string text) => JsonSerializer.Serialize(text, Plain);
}
