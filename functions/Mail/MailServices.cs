using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Security;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Mail;

internal static class MailServices
{
    /// <summary>The service that sends mails.</summary>
    public static void AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<MailOptions>(configuration)
            .Validate(
                options => options.AcsEndpoint is null || options.SmtpHost is null,
                "Settings 'Mail:AcsEndpoint' and 'Mail:Smtp:Host' are both there: name one service for mail."
            )
            .Validate(
                options => options.HasUsableEndpoint,
                "Setting 'Mail:AcsEndpoint' must be an address such as https://name.communication.azure.com."
            )
            .Validate(options => options.SmtpPort is > 0 and <= 65535, "Setting 'Mail:Smtp:Port' must be a port.")
            .Validate(
                options => options.IsPrivate,
                "Setting 'Mail:Smtp:StartTls' may be false only for a server on this machine (127.0.0.1): "
                    + "a code would travel in clear."
            )
            .Validate(
                options => !options.HasService || options.Sender is not null,
                "Setting 'Mail:From' must be the e-mail address that mails come from."
            );
        services.AddSingleton<IMailSender>(provider =>
            provider.GetRequiredService<IOptions<MailOptions>>().Value switch
            {
                { AcsEndpoint: { } endpoint } options => new AcsMailSender(
                    endpoint,
                    options.Sender!,
                    provider.GetRequiredService<TokenCredential>(),
                    new AcsMailOptions(),
                    provider.GetRequiredService<ILogger<AcsMailSender>>()
                ),
                { SmtpHost: { } host } options => new SmtpMailSender(
                    new SmtpSettings(
                        host,
                        options.SmtpPort,
                        options.SmtpUserName,
                        options.SmtpStartTls,
                        options.Sender!
                    ),
                    provider.GetRequiredService<ISecretSource>(),
                    provider.GetRequiredService<ILogger<SmtpMailSender>>()
                ),
                _ => new NoMailSender(),
            }
        );
    }
}
