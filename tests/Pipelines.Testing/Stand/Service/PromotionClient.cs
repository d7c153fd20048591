using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pipelines.Testing.Stand.Service;

/// <summary>What a user of the API does: press, look, listen, abort.</summary>
public sealed class PromotionClient : IDisposable
{
    private readonly HttpClient _http;

    public PromotionClient(ServiceProcess service)
    {
        ArgumentNullException.ThrowIfNull(service);
        _http = new HttpClient { BaseAddress = service.Url, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.AdminToken);
    }

    /// <summary>Presses the button and returns where the promotion is.</summary>
    public async Task<Uri> PressAsync(PromoteButton button, string? id = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(button);
        using var delivery = button.Delivery(id ?? $"msg_{Guid.NewGuid():N}");
        using var response = await _http.SendAsync(delivery, cancellationToken);
        return response.IsSuccessStatusCode && response.Headers.Location is { } location
            ? location
            : throw new InvalidOperationException($"The webhook was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    public async Task<JsonElement> GetAsync(Uri promotion, CancellationToken cancellationToken = default)
    {
        using var response = await _http.GetAsync(promotion, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode ? JsonDocument.Parse(body).RootElement : throw new InvalidOperationException($"GET {promotion} was answered {(int)response.StatusCode}: {body}");
    }

    public async Task<int> PostAsync(Uri promotion, string verb, CancellationToken cancellationToken = default)
    {
        using var content = new StringContent("{}", new MediaTypeHeaderValue("application/json"));
        using var response = await _http.PostAsync(new Uri($"{promotion}/{verb}", UriKind.RelativeOrAbsolute), content, cancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>The timeline while it happens, to its end.</summary>
    public async IAsyncEnumerable<TimelineEvent> ListenAsync(Uri promotion, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{promotion}/events", UriKind.RelativeOrAbsolute));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var (id, type, data) = ("", "message", "");
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            switch (line.Split(':', 2))
            {
                case ["id", var value]:
                    id = value.Trim();
                    break;
                case ["event", var value]:
                    type = value.Trim();
                    break;
                case ["data", var value]:
                    data += value.Trim();
                    break;
                case [""] when data.Length > 0:
                    yield return new TimelineEvent(id, type, JsonDocument.Parse(data).RootElement);
                    (id, type, data) = ("", "message", "");
                    break;
            }
        }
    }

    /// <summary>Waits until the promotion is in one of these states; on time-out its own answer explains what happened instead.</summary>
    public async Task<JsonElement> WaitForAsync(Uri promotion, TimeSpan patience, CancellationToken cancellationToken, params string[] states)
    {
        JsonElement last = default;
        await Until.TrueAsync(
            $"{promotion} to be {string.Join(" or ", states)}",
            async token =>
            {
                last = await GetAsync(promotion, token);
                return states.Contains(last.GetProperty("state").GetString()) ? null : last.GetRawText();
            },
            patience,
            cancellationToken: cancellationToken);
        return last;
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>One line of a promotion's timeline.</summary>
public sealed record TimelineEvent(string Id, string Type, JsonElement Data)
{
    public string? Text(string property) =>
        Data.TryGetProperty("data", out var data) && data.TryGetProperty(property, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
