using System.Text.Json;

namespace Pipelines.Service.Http;

/// <summary>
/// Half a surrogate pair (<c>"\ud800"</c>) is JSON by its grammar and no text. System.Text.Json reads it and throws later, when its text is asked for: of a name even
/// where another is looked for, and of all when the document is written again.
/// </summary>
internal static class HalfPairs
{
    public static bool InNames(ReadOnlySpan<byte> json) => In(json, namesOnly: true);

    public static bool Anywhere(ReadOnlySpan<byte> json) => In(json, namesOnly: false);

    private static bool In(ReadOnlySpan<byte> json, bool namesOnly)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            // Bytes that are UTF-8 hold none: it takes an escape.
            if (reader.ValueIsEscaped && (reader.TokenType == JsonTokenType.PropertyName || (!namesOnly && reader.TokenType == JsonTokenType.String)) && !IsText(ref reader))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsText(ref Utf8JsonReader reader)
    {
        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
