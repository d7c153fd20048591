using System.Net;
using NUnit.Framework;

namespace Pipelines.ServiceTests;

internal sealed class WebhookTests
{
    private ServiceUnderTest _service = null!;

    [OneTimeSetUp]
    public async Task Start() => _service = await ServiceUnderTest.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _service.DisposeAsync();

    [Test]
    public async Task A_signed_delivery_becomes_a_promotion_that_reaches_every_replica()
    {
        using var response = await _service.Anonymous.SendAsync(_service.Delivery("msg_1", """{"requestedBy":"ada","note":"line 3","more":[1]}"""));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Accepted), await response.Content.ReadAsStringAsync());
        var accepted = await ServiceUnderTest.JsonOf(response);
        var id = accepted.GetProperty("id").GetGuid();
        Assert.That(response.Headers.Location?.ToString(), Is.EqualTo($"/promotions/{id}"));

        var promotion = await _service.EndOfAsync(id, "Succeeded");

        Assert.That(_service.Replicas.Select(x => x.Revision), Is.All.EqualTo(_service.Development.Revision));
        Assert.That(promotion.GetProperty("requestedBy").GetString(), Is.EqualTo("ada"));
        Assert.That(promotion.GetProperty("note").GetString(), Is.EqualTo("line 3"));
        Assert.That(promotion.GetProperty("stages").GetArrayLength(), Is.EqualTo(3));
        Assert.That(promotion.GetProperty("replicas").GetArrayLength(), Is.EqualTo(2));
        Assert.That(promotion.GetProperty("definition").GetString(), Does.StartWith("name: line"));
    }
}
