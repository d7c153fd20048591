using System.Net;
using System.Net.Http.Json;
using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.ServiceTests;

internal sealed class EventTests
{
    [Test]
    public async Task A_listener_that_comes_back_goes_on_where_it_was_and_hears_each_line_once()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        // The deploy waits for us, so that somebody listens while it goes on.
        service.Replicas[0].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var id = await service.PromoteAsync();
        var first = await ReadAsync(service, id, 0, 3);
        var rest = await ReadAsync(service, id, first[^1].Id, int.MaxValue);
        var promotion = await service.GetAsync($"/promotions/{id}");

        var timeline = promotion.GetProperty("timeline").EnumerateArray().Select(x => (x.GetProperty("seq").GetInt32(), x.GetProperty("type").GetString()!)).ToList();
        Assert.That(first.Concat(rest), Is.EqualTo(timeline));
        Assert.That(timeline.Select(x => x.Item1), Is.EqualTo(Enumerable.Range(1, timeline.Count)));
        Assert.That(promotion.GetProperty("lastSeq").GetInt32(), Is.EqualTo(timeline.Count));
        Assert.That(promotion.GetProperty("state").GetString(), Is.EqualTo("Succeeded"));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/promotions/{id}/events") { Headers = { { "Last-Event-ID", $"{timeline.Count}" } } };
        using var over = await service.Admin.SendAsync(request);
        Assert.That(over.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task A_listener_whose_token_is_revoked_hears_no_more()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        // The promotion has not ended by the time that the listener is cut off.
        var stored = new TaskCompletionSource();
        service.Replicas[0].Faults.OnDeploy(new Fault.StoresAt(stored.Task));
        var id = await service.PromoteAsync();
        using var made = await service.Admin.PostAsJsonAsync("/tokens", new { name = "listener", scopes = new[] { "read" } });
        var token = await ServiceUnderTest.JsonOf(made);
        using var listener = service.ClientOf(token.GetProperty("token").GetString()!);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/promotions/{id}/events");
        using var response = await listener.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));

        using var revoked = await service.Admin.DeleteAsync(new Uri($"/tokens/{token.GetProperty("id").GetString()}", UriKind.Relative));
        await response.Content.ReadAsStringAsync(patience.Token);

        Assert.That((await service.GetAsync($"/promotions/{id}")).GetProperty("state").GetString(), Is.EqualTo("Running"), "it was the token that ended");
        stored.SetResult();
    }

    [TestCase("x")]
    [TestCase("-1")]
    [TestCase("99999999999")]
    public async Task A_number_that_is_none_is_refused(string last)
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/promotions/{Guid.NewGuid()}/events") { Headers = { { "Last-Event-ID", last } } };
        using var response = await service.Admin.SendAsync(request);

        await ServiceUnderTest.ProblemOf(response, 400);
    }

    private static async Task<List<(int Id, string Type)>> ReadAsync(ServiceUnderTest service, Guid id, int after, int atMost)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/promotions/{id}/events");
        if (after > 0)
        {
            request.Headers.Add("Last-Event-ID", $"{after}");
        }

        using var response = await service.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(patience.Token));
        var events = new List<(int, string)>();
        var seq = 0;
        while (events.Count < atMost && await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                seq = int.Parse(line[4..]);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                events.Add((seq, line[7..]));
            }
        }

        return events;
    }
}
