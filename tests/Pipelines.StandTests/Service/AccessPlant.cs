using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using Pipelines.Engine.Definitions;
using Pipelines.Testing.Stand;

namespace Pipelines.ServiceTests;

/// <summary>A service in which two pipelines have one of everything that the API knows.</summary>
internal sealed class AccessPlant : IAsyncDisposable
{
    private AccessPlant(ServiceUnderTest service) => Service = service;

    public ServiceUnderTest Service { get; }

    /// <summary>The things of <c>line</c>.</summary>
    public Things Line { get; private set; } = null!;

    /// <summary>The things of <c>other-line</c>.</summary>
    public Things OtherLine { get; private set; } = null!;

    public static async Task<AccessPlant> StartAsync(params string[] settings)
    {
        var plant = new AccessPlant(await ServiceUnderTest.StartAsync(settings:
            [$"--Pipelines:Hooks:Default:Secrets={ServiceUnderTest.Secret}", "--Pipelines:Webhooks:AllowHttp=true", "--Pipelines:Webhooks:AllowedNetworks:0=127.0.0.0/8", .. settings]));
        foreach (var pipeline in (string[])["line", "other-line"])
        {
            var text = ServiceUnderTest.Pipeline(pipeline).Replace("stages:", "schedules:\n  once: { at: 2090-03-26T02:30 }\nstages:", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(plant.Service.Folder, $"{pipeline}.pipeline.yaml"), text);
        }

        Assert.That(plant.Service.Services.GetRequiredService<DefinitionShelf>().Reload().Problems, Is.Empty);
        // The flows of the second are news, so that each pipeline has brought flows that the other has never seen.
        plant.OtherLine = await plant.MakeThingsAsync("other-line");
        plant.Service.Development.DeployForeign(ServiceUnderTest.Flows("v3"));
        plant.Line = await plant.MakeThingsAsync("line");
        return plant;
    }

    /// <summary>A token with one scope; limited to the pipelines, or to none when they are null.</summary>
    public async Task<HttpClient> ClientAsync(string scope, params string[]? pipelines)
    {
        using var made = await Service.Admin.PostAsJsonAsync("/tokens", new { name = $"{scope} {Guid.NewGuid():N}", scopes = new[] { scope }, pipelines });
        return Service.ClientOf((await ServiceUnderTest.JsonOf(made)).GetProperty("token").GetString()!);
    }

    public async Task<T> AskAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = await Service.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        return (await connection.QuerySingleAsync<T>(sql, arguments))!;
    }

    public async Task ExecuteAsync(string sql, object? arguments = null)
    {
        await using var connection = await Service.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await connection.ExecuteAsync(sql, arguments);
    }

    /// <summary>A message that was set aside, about a promotion or about none.</summary>
    public Task<long> SetAsideAsync(Guid? promotion) => AskAsync<long>(
        """
        insert into dead_letter (kind, endpoint, destination, message_id, message_type, promotion_id, reason, envelope, body, set_aside_at)
        values ('Failed', 'pipelines-promotion', 'loopback://localhost/pipelines-promotion', gen_random_uuid(), 'urn:message:Some:Thing', @promotion, 'It stumbled.', '{"contentType":"application/json","messageTypes":["urn:message:Some:Thing"]}', '{}', now())
        returning id
        """,
        new { promotion });

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    private async Task<Things> MakeThingsAsync(string pipeline)
    {
        using var hook = await Service.Anonymous.SendAsync(Service.Delivery($"msg_{pipeline}", pipeline: pipeline));
        var promotion = (await ServiceUnderTest.JsonOf(hook)).GetProperty("id").GetGuid();
        var digest = (await Service.EndOfAsync(promotion, "Succeeded")).GetProperty("snapshotDigest").GetString()!;
        var token = await MadeAsync("/tokens", new { name = $"of {pipeline}", scopes = new[] { "read" }, pipelines = new[] { pipeline } });
        var webhook = (await MadeAsync("/webhooks", new { url = $"http://127.0.0.1:9/{pipeline}", pipelines = new[] { pipeline } })).GetProperty("id").GetGuid();
        var delivery = await AskAsync<long>(
            "insert into webhook_delivery (subscription_id, event_id, event, pipeline, body, state, created_at) values (@webhook, @pipeline, 'promotion.succeeded', @pipeline, '{}', 'Failed', now()) returning id",
            new { webhook, pipeline });
        // What was read from its file is in the database a moment later; until then a pause is answered with 503, to ask again.
        await Until.TrueAsync(
            $"the schedule of {pipeline} to be taken up",
            async _ => await AskAsync<bool>("select exists (select from schedule where pipeline = @pipeline)", new { pipeline }) ? null : "it is not",
            TimeSpan.FromSeconds(30));
        using var paused = await Service.Admin.PostAsync(new Uri($"/pipelines/{pipeline}/schedules/once/pause", UriKind.Relative), null);
        paused.EnsureSuccessStatusCode();
        return new Things(pipeline, promotion, digest, token.GetProperty("id").GetGuid(), webhook, delivery, await SetAsideAsync(promotion));
    }

    private async Task<JsonElement> MadeAsync(string path, object body)
    {
        using var made = await Service.Admin.PostAsJsonAsync(path, body);
        Assert.That((int)made.StatusCode, Is.EqualTo(201), await made.Content.ReadAsStringAsync());
        return await ServiceUnderTest.JsonOf(made);
    }

    /// <summary>One of everything.</summary>
    public sealed record Things(string Pipeline, Guid Promotion, string Digest, Guid Token, Guid Webhook, long Delivery, long Letter)
    {
        /// <summary>What would give them away in an answer.</summary>
        public IReadOnlyList<string> Marks => [$"\"{Pipeline}\"", $"{Promotion}", Digest, $"{Token}", $"{Webhook}", $"/{Pipeline}\"", $"/pipelines/{Pipeline}/", $"\"id\":{Letter},\"kind\""];

        /// <summary>An address of the API with these things in its places.</summary>
        public string PathOf(string template)
        {
            var path = new StringBuilder(template)
                .Replace("/promotions/{id}", $"/promotions/{Promotion}").Replace("/webhooks/{id}", $"/webhooks/{Webhook}").Replace("/tokens/{id}", $"/tokens/{Token}")
                .Replace("/dead-letters/{id}", $"/dead-letters/{Letter}").Replace("{delivery}", $"{Delivery}").Replace("{digest}", Digest)
                .Replace("/pipelines/{name}", $"/pipelines/{Pipeline}").Replace("{pipeline}", Pipeline).Replace("{schedule}", "once").ToString();
            Assert.That(path, Does.Not.Contain('{'), $"Say here what stands in {template}, and give each pipeline one: a token for one pipeline must not see the other's.");
            return path;
        }
    }
}
