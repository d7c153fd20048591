using System.Net;
using System.Text.Json;

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
                using var document = JsonDocument.Parse(Body);
                return document.RootElement.ValueKind == JsonValueKind.Object
                    ? (Text(document.RootElement, "code", "error"), Text(document.RootElement, "message", "error_description"))
                    : ("", "");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return ("", "");
            }
        }

        private static string Text(JsonElement root, string name, string otherwise) =>
            root.TryGetProperty(name, out var value) || root.TryGetProperty(otherwise, out value) ? value.ToString() : "";
    }

    /// <param name="Tries">How often it was tried.</param>
    /// <param name="LastError">What went wrong the last time.</param>
    public sealed record Unanswered(int Tries, string LastError) : Exchange;

    /// <summary>It was held back at the last moment: what arrived is no request.</summary>
    public sealed record HeldBack(string Reason) : Exchange;

    /// <summary>There is no way in: the login failed.</summary>
    public sealed record LockedOut(string Reason) : Exchange;
}
