using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.ServiceTests;

internal sealed class AttentionTests
{
    [Test]
    public async Task A_promotion_that_is_aborted_gives_back_what_ran_before()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        using var counts = new Counts(service.Services.GetRequiredService<IMeterFactory>());
        var before = service.Replicas[0].Revision;
        service.Replicas[1].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(2)));
        var id = await service.PromoteAsync();
        await service.Replicas[1].WaitForAsync(x => x.Requests.Any(r => r.Method == "POST"), "replica b was never asked");
        using var operate = await service.ClientWithAsync("operate");
        using var abort = await operate.PostAsJsonAsync($"/promotions/{id}/abort", new { reason = "wrong flows" });
        Assert.That(abort.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await abort.Content.ReadAsStringAsync());

        var promotion = await service.EndOfAsync(id, "Aborted");

        Assert.That(service.Replicas.Select(x => x.Revision), Is.All.EqualTo(before));
        Assert.That(promotion.GetProperty("reason").GetString(), Does.Contain("wrong flows"));
        Assert.That(await service.Log.FirstOfAsync(3101), Does.Contain("Aborted"));
        Assert.That(counts["pipelines.promotions.accepted pipeline=line trigger=api"], Is.EqualTo(1));
        Assert.That(counts["pipelines.promotions.ended pipeline=line outcome=Aborted"], Is.EqualTo(1), counts.ToString());
        Assert.That(counts["pipelines.replicas.answers answer=restored"], Is.EqualTo(2), counts.ToString());
    }

    [Test]
    public async Task What_needs_attention_says_so_and_is_carried_on_by_a_retry()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        service.Replicas[1].Faults.OnDeploy(new Fault.Delay(TimeSpan.FromSeconds(1)));
        var id = await service.PromoteAsync();
        await service.Replicas[1].WaitForAsync(x => x.Requests.Any(r => r.Method == "POST"), "replica b was never asked");
        using var early = await service.Admin.PostAsync(new Uri($"/promotions/{id}/retry", UriKind.Relative), null);
        Assert.That((await ServiceUnderTest.ProblemOf(early, 409)).GetProperty("detail").GetString(), Does.Contain("is Running"));
        // Nobody to deploy to, and nobody to restore.
        await service.Replicas[0].DieAsync();
        await service.Replicas[1].DieAsync();
        using var stuck = await service.ListenUntilAsync(id, "needs-attention");
        await service.Replicas[0].ReviveAsync();
        await service.Replicas[1].ReviveAsync();

        using var retry = await service.Admin.PostAsync(new Uri($"/promotions/{id}/retry", UriKind.Relative), null);
        Assert.That(retry.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await retry.Content.ReadAsStringAsync());

        await service.EndOfAsync(id, "Succeeded");
        Assert.That(service.Replicas.Select(x => x.Revision), Is.All.EqualTo(service.Development.Revision));
        Assert.That(await service.Log.FirstOfAsync(3102), Does.Contain("needs attention"));
    }
}
