using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>One client's connection and the links on it.</summary>
/// <remarks>
/// Each has a listener of the library to itself, because a listener goes through the handshake of one connection after
/// the other: a client that connects and says nothing would keep all others out.
/// </remarks>
internal sealed class AmqpConnection : IContainer, ILinkProcessor, IDisposable
{
    /// <summary>Clients begin a session for each link.</summary>
    private const ushort MaxSessions = 5000;

    private const int SendersCredit = 1000;
    private const int RequestersCredit = 100;
    private static readonly Symbol SessionFilter = new("com.microsoft:session-filter");

    private readonly Broker _broker;
    private readonly ILogger _logger;
    private readonly FrameTransport _transport;
    private readonly ConnectionListener _listener;
    private readonly Lock _sending = new();
    private readonly ContainerHost _links = new(new List<string>());
    private readonly ConcurrentDictionary<string, ReplyLink> _replies = new(StringComparer.Ordinal);

    public AmqpConnection(Broker broker, Socket socket, ILogger logger)
    {
        _broker = broker;
        _logger = logger;
        _transport = new FrameTransport(socket);
        CustomTransports = new Dictionary<string, TransportProvider> { ["amqp"] = new SingleTransport(_transport) };
        _links.RegisterLinkProcessor(this);
        _listener = new ConnectionListener(new Address("amqp://127.0.0.1"), this)
        {
            HandlerFactory = _ => new ConnectionEvents(logger),
        };
        _listener.AMQP.MaxFrameSize = FrameTransport.MaxFrameSize;
        _listener.AMQP.MaxSessionsPerConnection = MaxSessions;
        foreach (var mechanism in AcceptAnySasl.Mechanisms)
            _listener.SASL.EnableMechanism(new Symbol(mechanism), new AcceptAnySasl(mechanism));
    }

    /// <summary>Completes when the connection is closed.</summary>
    public Task Ended => _transport.Ended;

    public X509Certificate2 ServiceCertificate =>
        throw new NotSupportedException("Connections on this machine are not encrypted.");

    public IDictionary<string, TransportProvider> CustomTransports { get; }

    public void Open() => _listener.Open();

    /// <summary>Tells the client, which then closes its side.</summary>
    public void Close()
    {
        try
        {
            _listener.Close();
        }
        catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
        {
            FrontLog.ClosedAlready(_logger, ex);
        }
    }

    /// <summary>Ends the connection without a word.</summary>
    public void Dispose() => _transport.Close();

    public Message CreateMessage(ByteBuffer buffer) =>
        new IncomingMessage(buffer.Buffer.AsSpan(buffer.Offset, buffer.Length).ToArray());

    public Link CreateLink(ListenerConnection connection, ListenerSession session, Attach attach) =>
        ((IContainer)_links).CreateLink(connection, session, attach);

    public bool AttachLink(ListenerConnection connection, ListenerSession session, Link link, Attach attach)
    {
        if (attach.Target is Coordinator)
            throw new AmqpException(ErrorCode.NotImplemented, "The local broker has no transactions.");
        if (attach.Source is not Source || attach.Target is not Target)
            throw new AmqpException(ErrorCode.InvalidField, "A link has a source and a target.");
        return ((IContainer)_links).AttachLink(connection, session, link, attach);
    }

    void ILinkProcessor.Process(AttachContext attachContext)
    {
        var attach = attachContext.Attach;
        var (source, target) = ((Source)attach.Source, (Target)attach.Target);
        // The peer's role: a receiver attaches to a source, a sender to a target.
        var address = attach.Role ? source.Address : target.Address;
        if (string.IsNullOrEmpty(address))
            throw new AmqpException(ErrorCode.InvalidField, "A link has an address.");
        attach.MaxMessageSize = MessageQueue.MaxMessageSizeInBytes;
        var entity = EntityAddress.Parse(address);
        if (address == EntityAddress.Cbs)
            AttachNode(attachContext, new CbsNode());
        else if (!_broker.TryFind(entity.Queue, out var queue))
            throw NotFound(entity.Queue);
        else if (entity.IsManagement)
            AttachNode(attachContext, new ManagementNode(queue, entity.DeadLetters));
        else if (attach.Role)
            AttachReceiver(attachContext, queue, entity.DeadLetters, source);
        else if (entity.DeadLetters)
            throw new AmqpException(ErrorCode.NotAllowed, "Nothing can be sent to a dead-letter queue.");
        else
            attachContext.Complete(new SendersLink(queue, _logger), SendersCredit);
    }

    private static AmqpException NotFound(string name) =>
        name.Contains("/subscriptions/", StringComparison.OrdinalIgnoreCase)
            ? new AmqpException(ErrorCode.NotImplemented, "The local broker has queues only, no topics.")
            : new AmqpException(ErrorCode.NotFound, $"The messaging entity '{name}' could not be found.");

    private void AttachReceiver(AttachContext context, MessageQueue queue, bool deadLetters, Source source)
    {
        if (source.FilterSet?.ContainsKey(SessionFilter) == true)
            throw new AmqpException(ErrorCode.NotAllowed, "The local broker has no sessions.");
        var credit = new LinkCredit(context.Link, _sending);
        var consumer = new LinkConsumer(context.Link, credit, deadLetters, _logger);
        context.Complete(new ReceiversLink(queue, consumer, credit, _logger), 0);
        queue.Add(consumer);
    }

    /// <summary>
    /// A node that answers requests has two links: the client sends on one, and names the other one as the address to
    /// reply to.
    /// </summary>
    private void AttachNode(AttachContext context, RequestNode node)
    {
        if (!context.Attach.Role)
        {
            context.Complete(new RequestLink(node, _replies, _logger), RequestersCredit);
            return;
        }
        var replyTo =
            ((Target)context.Attach.Target).Address
            ?? throw new AmqpException(ErrorCode.InvalidField, "A link for replies has a target address.");
        var reply = new ReplyLink(new LinkCredit(context.Link, _sending), () => _replies.TryRemove(replyTo, out _));
        _replies[replyTo] = reply;
        context.Complete(reply, 0);
    }
}
