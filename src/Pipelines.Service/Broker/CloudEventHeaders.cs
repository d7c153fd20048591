using System.Text;

namespace Pipelines.Service.Broker;

/// <summary>CloudEvents attributes as AMQP headers: <c>cloudEvents_id</c>. The form with a colon, which the binding names first, is read too.</summary>
internal static class CloudEventHeaders
{
    public const string Prefix = "cloudEvents_";
    private const string OtherPrefix = "cloudEvents:";

    /// <summary>The content type is a property of the message, hence no header.</summary>
    public static Dictionary<string, object?> Of(IEnumerable<KeyValuePair<string, string>> attributes) =>
        attributes.Where(x => x.Key != "datacontenttype").ToDictionary(x => Prefix + x.Key, x => (object?)Encoding.UTF8.GetBytes(x.Value), StringComparer.Ordinal);

    public static string? Read(IDictionary<string, object?>? headers, string attribute) => Text(headers, Prefix + attribute) ?? Text(headers, OtherPrefix + attribute);

    /// <summary>A header as text, as far as it is one.</summary>
    public static string? Text(IDictionary<string, object?>? headers, string name) =>
        headers is not null && headers.TryGetValue(name, out var value)
            ? value switch
            {
                byte[] bytes => Encoding.UTF8.GetString(bytes),
                string text => text,
                null => null,
                IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
                _ => null,
            }
            : null;
}
