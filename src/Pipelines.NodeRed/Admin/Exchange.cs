using System.Net;
using System.Text;
using System.Text.Json;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>What came back over the wire, before anybody says what it means.</summary>
internal abstract record Exchange
{
    private Exchange() { }

    public sealed record Answered(HttpStatusCode Status, string MediaType, byte[] Body) : Exchange
    {
        public int Code => (int)Status;

        public bool IsSuccess => Code is >= 200 and < 300;

        public bool IsJson => MediaType.EndsWith("json", StringComparison.OrdinalIgnoreCase);

        /// <summary>Node-RED's <c>code</c> and <c>message</c>, where there are some.</summary>
        public (string Code, string Message) Fault()
        {
            if (!IsJson)
            {
                return ("", "");
            }
            try
            {
                // By way of text: a byte that is no UTF-8 is a strange letter in a sentence, and no reason to throw it away.
                using var document = JsonDocument.Parse(Encoding.UTF8.GetString(Body));
                return document.RootElement.ValueKind == JsonValueKind.Object
                    ? (Text(document.RootElement, "code", "error"), Text(document.RootElement, "message", "error_description"))
                    : ("", "");
            }
            catch (JsonException)
            {
                return ("", "");
            }
        }

        private static string Text(JsonElement root, string name, string otherwise) =>
            (root.SafeValue(name) ?? root.SafeValue(otherwise))?.SafeString() ?? "";
    }

    /// <param name="Tries">How often it was tried.</param>
    /// <param name="LastError">What went wrong the last time.</param>
    public sealed record Unanswered(int Tries, string LastError) : Exchange;

    /// <summary>It was held back at the last moment: what arrived is no request.</summary>
    public sealed record HeldBack(string Reason) : Exchange;

    /// <summary>There is no way in: the login failed.</summary>
    public sealed record LockedOut(string Reason) : Exchange;
}
